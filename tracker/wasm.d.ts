// What wasm-bindgen writes from lib.rs (and xtask adds), under the name by which the build finds it.
declare module "econsent-tracker-wasm" {
  export function instantiate(source: Promise<Response>): Promise<void>;
  export function start(hands: object, company: string, property: string): boolean;
  export function session(id: string, nonce: Uint8Array): void;
  export function submitted(
    form: Element,
    submitter?: Element | null,
    data?: FormData | null,
  ): string | undefined;
  export function clicked(target: Element): string | undefined;
  export function capture(form?: Element | null): string | undefined;
  export function digest(bytes: Uint8Array): string;
  export function disclose(shown: string): number;
  export function rehearse(form?: Element | null): void;
}

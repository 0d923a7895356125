// What wasm-bindgen writes from lib.rs, under the name by which the build finds it.
declare module "econsent-tracker-wasm" {
  export default function init(options: { module_or_path: Promise<Response> }): Promise<unknown>;
  export function version(): string;
  export function start(hands: object, company: string, property: string): boolean;
  export function session(id: string, token: string, nonce: Uint8Array): void;
  export function submitted(
    form: Element,
    submitter?: Element | null,
    data?: FormData | null,
  ): string | undefined;
  export function clicked(target: Element): string | undefined;
  export function capture(form?: Element | null): string | undefined;
  export function shown(): string[];
  export function digest(bytes: Uint8Array): string;
}

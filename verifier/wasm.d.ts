// What wasm-bindgen makes of verifier/src/wasm.rs.
declare module "econsent-verify-wasm" {
  export function check(file: Uint8Array, jwks: string): string;
  export class Recording {
    constructor(document: string, recordingHash: string);
    readable(): boolean;
    chunk(stream: string, number: number, bytes: Uint8Array): boolean;
    verdict(): string;
  }
  export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
}

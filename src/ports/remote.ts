/** Whether a command comes from the centre: who holds a pinned key has signed these very bytes. */
export type Verification =
  | {
      readonly kind: 'signed';
      readonly keyId: string;
      readonly payload: string;
      /** SHA-256 of the token, hexadecimal. */
      readonly digest: string;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

export interface CommandVerifier {
  verify(token: string): Promise<Verification>;
}

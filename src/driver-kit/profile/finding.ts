/** Something wrong in a profile or in a device's settings: where, what, and what to do about it. */
export interface ProfileFinding {
  /** Place in the file, keys joined by dots. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

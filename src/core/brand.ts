declare const brand: unique symbol;

/** A value that only its parser can make: distinct identifiers are distinct types. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

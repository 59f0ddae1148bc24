// What the server enforces, for the words beside the fields.

export const appNameLimit = 32;
export const appNamePattern = /^[a-z0-9-]{1,32}$/;
/** Characters. */
export const productNameLimit = 32;
/** Characters. */
export const descriptionLimit = 512;
/** A token that ends at all ends within a hundred years. */
export const longestTokenSeconds = 36_500 * 86_400;
/** Sides of a thumbnail. */
export const thumbnailPixels = { least: 1, most: 1024 };

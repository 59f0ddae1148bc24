// What the server allows, so that the forms can say it before.

export const textChars = 512;
/** The largest file, as it is sent. */
export const fileBytes = 64 * 1024;
export const digitsPattern = /^\d{1,19}$/;
export const packagePattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
export const tenPattern = /^[\x21-\x7e]{10}$/;
/** Without spaces and letters beyond ASCII. */
export const wordPattern = /^[\x21-\x7e]+$/;
export const templateTitleChars = 200;
export const templateContentChars = 1000;
/** Of a test's title and of its content. */
export const testChars = 200;
export const templateNameChars = 64;
export const templateNamePattern = /^[A-Za-z0-9]+$/;

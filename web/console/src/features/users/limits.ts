// What the server allows, so that the form can say it before.

/** 1 to 64 of these; capital letters become small ones. */
export const userIdPattern = /^[A-Za-z0-9_.-]{1,64}$/;
export const nicknameChars = 100;
export const passwordChars = 64;

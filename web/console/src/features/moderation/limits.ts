// Bounds of what can be set up, as the server checks them.

/** Characters of the name of a rule, list or tag. */
export const nameChars = 32;
/** Groups or chat rooms of one rule. */
export const targetIds = 50;
/** Tags of a sub-rule, or of a list's scope. */
export const tagsAtOnce = 5;
export const mostHits = 1000;
/** Thirty days. */
export const mostMinutes = 43_200;
/** Words added to a list by hand at once. */
export const wordsByHand = 200;
/** Members bound to a tag at once. */
export const membersAtOnce = 1000;
/** Characters of what is tried out. */
export const testChars = 5000;
/** Days for which records are kept. */
export const recordDays = 30;

/** An id of a group or chat room. */
export const isChatId = (id: string): boolean => /^[a-z0-9]{1,64}$/.test(id);

// Methods and events of the SDK that no test shows, and why.

/** Nothing of it reaches a server. */
const LOCAL = { because: 'inside the client' };

export const unserved = {
  isOpened: LOCAL,
  reconnect: LOCAL,
  listen: LOCAL,
  addEventHandler: LOCAL,
  removeEventHandler: LOCAL,
};

// Methods and events of the SDK that no test shows, and why.

/** Nothing of it reaches a server. */
const LOCAL = { because: 'inside the client' };

export const unserved = {
  addEventHandler: LOCAL,
  removeEventHandler: LOCAL,
  onOnline: { because: 'the browser tells of its network' },
  onOffline: { because: 'the browser tells of its network' },
  onContactChange: { because: 'in the typings only: the SDK raises it nowhere' },
  onStatisticMessage: {
    because: 'the server says nothing by it: how many have read a group message comes with each receipt',
  },
};

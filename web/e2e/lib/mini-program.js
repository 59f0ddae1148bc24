// What mini-programs have in the place of a browser, as far as the SDK touches it: one object with functions for
// requests, sockets and storage. Alipay's (`my`) has one socket and sends text only; the others have an object for
// each socket, which takes bytes.

import WebSocket from 'ws';
import { openTab } from './browser.js';

export function openMiniProgram(platform) {
  const tab = openTab();
  const { setTimeout, clearTimeout, setInterval, clearInterval, Date, console } = tab.globals;
  const sockets = new Set();
  const stored = new Map();
  const texts = [];
  const track = (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const common = {
    canIUse: () => true,
    getSystemInfo: ({ success }) => success?.({ platform: 'devtools' }),
    getStorageSync: (key) => (platform === 'my' ? { data: stored.get(key.key) } : stored.get(key)),
    setStorage: ({ key, data }) => void stored.set(key, data),
    request({ url, method, data, header, headers, success, fail, complete }) {
      const body = method === 'GET' || data === undefined ? undefined : typeof data === 'string' ? data : JSON.stringify(data);
      void fetch(url, { method, headers: header ?? headers, body })
        .then(async (answer) => ({ data: await answer.json(), statusCode: answer.status, status: answer.status }))
        .then(success, fail)
        .finally(complete);
    },
  };
  const textSocket = () => {
    let socket;
    const handlers = {};
    const on = (name) => (handler) => void (handlers[name] = handler);
    return {
      connectSocket({ url }) {
        const opened = track(new WebSocket(url));
        socket = opened;
        opened.on('open', () => handlers.open?.({}));
        opened.on('message', (data, isBinary) => {
          if (isBinary) throw new Error('a binary message to a client that cannot read it');
          texts.push(data.toString());
          handlers.message?.({ data: data.toString(), isBuffer: false });
        });
        opened.on('close', () => handlers.close?.({}));
      },
      sendSocketMessage: ({ data }) => socket.send(data),
      closeSocket: () => socket?.close(),
      onSocketOpen: on('open'),
      onSocketMessage: on('message'),
      onSocketClose: on('close'),
      onSocketError: on('error'),
      offSocketOpen: () => {},
      offSocketMessage: () => {},
      offSocketClose: () => {},
      offSocketError: () => {},
    };
  };
  const taskSocket = () => ({
    connectSocket({ url, success }) {
      const socket = track(new WebSocket(url));
      const task = {
        get readyState() {
          return socket.readyState;
        },
        send: ({ data }) => socket.send(data),
        close: () => socket.close(),
        onOpen: (handler) => void socket.on('open', () => handler({})),
        onMessage: (handler) =>
          void socket.on('message', (data) => handler({ data: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) })),
        onClose: (handler) => void socket.on('close', () => handler({})),
        onError: (handler) => void socket.on('error', handler),
      };
      setTimeout(() => success?.({}), 0);
      return task;
    },
  });
  const host = { ...common, ...(platform === 'my' ? textSocket() : taskSocket()) };
  return {
    // No window, document or XMLHttpRequest: the SDK tells by them where it is.
    globals: { setTimeout, clearTimeout, setInterval, clearInterval, Date, console, [platform]: host, window: undefined, document: undefined },
    /** Messages that came as text. */
    texts,
    requests: tab.requests,
    logs: tab.logs,
    close() {
      tab.close();
      for (const socket of sockets) socket.terminate();
    },
  };
}

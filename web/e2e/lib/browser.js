// The parts of a browser that the SDK touches. Every client gets its own copy, as if
// each ran in its own tab: own local storage, own timers, own clock, own sockets.

import { File } from 'node:buffer';
import WebSocket from 'ws';

/** Event target whose `on…` properties work as in the DOM. */
class HandlerTarget extends EventTarget {
  emit(type, fields = {}) {
    const event = Object.assign(new Event(type), fields);
    Object.defineProperty(event, 'target', { value: this });
    this[`on${type}`]?.(event);
    this.dispatchEvent(event);
  }
}

/** XMLHttpRequest over fetch. `record` sees every request that was sent. */
function makeXMLHttpRequest(record) {
  return class XMLHttpRequest extends HandlerTarget {
    upload = new HandlerTarget();
    readyState = 0;
    status = 0;
    statusText = '';
    responseURL = '';
    responseType = '';
    responseText = '';
    response = '';
    timeout = 0;
    withCredentials = false;
    #method = 'GET';
    #url = '';
    #headers = new Headers();
    #answerHeaders = new Headers();
    #abort = new AbortController();

    open(method, url) {
      this.#method = method.toUpperCase();
      this.#url = url;
      this.#move(1);
    }

    setRequestHeader(name, value) {
      this.#headers.append(name, value);
    }

    getResponseHeader(name) {
      return this.#answerHeaders.get(name);
    }

    getAllResponseHeaders() {
      return [...this.#answerHeaders].map(([name, value]) => `${name}: ${value}\r\n`).join('');
    }

    overrideMimeType() {}

    abort() {
      this.#abort.abort();
    }

    send(body) {
      record({ method: this.#method, url: this.#url });
      void this.#run(body ?? undefined);
    }

    async #run(body) {
      let timedOut = false;
      const timer = this.timeout
        ? setTimeout(() => {
            timedOut = true;
            this.#abort.abort();
          }, this.timeout)
        : undefined;
      try {
        const answer = await fetch(this.#url, {
          method: this.#method,
          headers: this.#headers,
          body: this.#method === 'GET' ? undefined : body,
          signal: this.#abort.signal,
        });
        const bytes = Buffer.from(await answer.arrayBuffer());
        this.status = answer.status;
        this.statusText = answer.statusText;
        this.responseURL = answer.url;
        this.#answerHeaders = answer.headers;
        this.#setResponse(bytes);
      } catch {
        this.#move(4);
        this.emit(timedOut ? 'timeout' : this.#abort.signal.aborted ? 'abort' : 'error');
        this.emit('loadend');
        return;
      } finally {
        clearTimeout(timer);
      }
      this.upload.emit('progress', { lengthComputable: false });
      this.#move(4);
      this.emit('load');
      this.emit('loadend');
    }

    #setResponse(bytes) {
      if (this.responseType === 'blob') {
        const type = this.#answerHeaders.get('content-type') ?? '';
        this.response = new Blob([bytes], { type });
      } else if (this.responseType === 'arraybuffer') {
        this.response = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      } else {
        this.responseText = bytes.toString('utf8');
        this.response = this.responseText;
      }
    }

    #move(state) {
      this.readyState = state;
      this.emit('readystatechange');
    }
  };
}

class FileReader extends HandlerTarget {
  result = null;

  readAsArrayBuffer(blob) {
    void this.#finish(blob.arrayBuffer());
  }

  readAsText(blob) {
    void this.#finish(blob.text());
  }

  async #finish(reading) {
    this.result = await reading;
    this.emit('load');
    this.emit('loadend');
  }
}

function makeStorage() {
  const items = new Map();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, String(value)),
    removeItem: (key) => void items.delete(key),
  };
}

/**
 * One tab. `globals` maps the names that the SDK resolves to their values; `close` ends its
 * timers and sockets; `skew` moves the tab's clock forward without waiting.
 */
export function openTab() {
  const timers = new Set();
  const sockets = new Set();
  const requests = [];
  const logs = [];
  const watchers = new Set();
  const watch = (direction, data) => {
    for (const watcher of watchers) watcher(direction, new Uint8Array(data));
  };
  let offset = 0;

  class TabDate extends Date {
    constructor(...args) {
      if (args.length === 0) super(Date.now() + offset);
      else super(...args);
    }
    static now() {
      return Date.now() + offset;
    }
  }

  class TabWebSocket extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols ?? [], { allowSynchronousEvents: false });
      // A browser reports a failed connection through events alone.
      this.on('error', () => {});
      sockets.add(this);
      this.on('close', () => sockets.delete(this));
      this.on('message', (data) => watch('down', data));
    }
    send(data) {
      watch('up', data);
      super.send(data);
    }
    /** Browsers give the close a task of its own, after the promises of the last message. */
    emit(name, ...args) {
      if (name !== 'close') return super.emit(name, ...args);
      setImmediate(() => super.emit(name, ...args));
      return true;
    }
  }

  let closed = false;
  const track =
    (start, once) =>
    (callback, delay, ...args) => {
      // The SDK answers the end of its socket with a timer for the next attempt.
      if (closed) return undefined;
      const id = start(() => {
        if (once) timers.delete(id);
        callback(...args);
      }, delay);
      timers.add(id);
      return id;
    };
  const untrack = (stop) => (id) => {
    timers.delete(id);
    stop(id);
  };
  const log = (...args) => logs.push(args);

  const globals = {
    setTimeout: track(setTimeout, true),
    clearTimeout: untrack(clearTimeout),
    setInterval: track(setInterval, false),
    clearInterval: untrack(clearInterval),
    Date: TabDate,
    WebSocket: TabWebSocket,
    XMLHttpRequest: makeXMLHttpRequest((request) => requests.push(request)),
    FileReader,
    FormData,
    Blob,
    File,
    localStorage: makeStorage(),
    navigator: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0', onLine: true },
    location: { protocol: 'http:', hostname: 'localhost', href: 'http://localhost/', host: 'localhost' },
    document: Object.assign(new EventTarget(), { hidden: false, cookie: '', domain: 'localhost' }),
    console: { log, info: log, warn: log, error: log, debug: log, trace: log },
  };
  const target = new EventTarget();
  const window = Object.assign(target, globals, { URL, btoa, atob });
  globals.window = window;
  globals.self = window;
  globals.addEventListener = target.addEventListener.bind(target);
  // Some builds look for the parts of the browser here. What a tab does not have of its own is the language's.
  globals.globalThis = new Proxy(window, {
    get: (tab, name) => (name in tab ? tab[name] : globalThis[name]),
    has: (tab, name) => name in tab || name in globalThis,
  });

  return {
    globals,
    requests,
    logs,
    skew(milliseconds) {
      offset += milliseconds;
    },
    /** Records frames from now on; `next` waits for the next one that passes. */
    watchFrames(describe) {
      const frames = [];
      let wake = () => {};
      watchers.add((direction, bytes) => {
        frames.push(describe(direction, bytes));
        wake();
      });
      return {
        async next(accepts) {
          for (;;) {
            const at = frames.findIndex(accepts);
            if (at >= 0) return frames.splice(0, at + 1).at(-1);
            await new Promise((resolve) => (wake = resolve));
          }
        },
      };
    },
    close() {
      closed = true;
      for (const id of timers) {
        clearTimeout(id);
        clearInterval(id);
      }
      timers.clear();
      for (const socket of sockets) socket.terminate();
    },
  };
}

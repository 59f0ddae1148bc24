// Finds a nonce that makes SHA-256 of `challenge:nonce` begin with enough zero bits. Its own SHA-256, since the
// browser's answers one hash at a time through promises, which is far slower for many short ones.

import type { Challenge } from '@/api/types/account';

self.onmessage = ({ data: { challenge, difficulty } }: MessageEvent<Challenge>) => {
  for (let nonce = 0; ; nonce++) {
    if (leadingZeroBits(firstWords(`${challenge}:${nonce}`)) >= difficulty) {
      self.postMessage(String(nonce));
      return;
    }
  }
};

function leadingZeroBits([first, second]: readonly [number, number]): number {
  return first === 0 ? 32 + Math.clz32(second) : Math.clz32(first);
}

const [initial, constants] = makeConstants();
const schedule = new Int32Array(64);

/** The first 64 bits of the hash of an ASCII text. */
function firstWords(text: string): [number, number] {
  const blocks = (text.length + 9 + 63) >> 6;
  const padded = new DataView(new ArrayBuffer(blocks << 6));
  for (let i = 0; i < text.length; i++) padded.setUint8(i, text.charCodeAt(i));
  padded.setUint8(text.length, 0x80);
  padded.setUint32((blocks << 6) - 4, text.length << 3);
  const hash = Int32Array.from(initial);
  for (let block = 0; block < blocks; block++) compress(hash, padded, block << 6);
  return [hash[0]! >>> 0, hash[1]! >>> 0];
}

function compress(hash: Int32Array, data: DataView, at: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) w[i] = data.getInt32(at + (i << 2));
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[i]! + w[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] = (hash[i]! + word) | 0));
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** Fractions of the square and cube roots of the first primes, as the standard defines them. */
function makeConstants(): [Int32Array, Int32Array] {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (x: number): number => ((x - Math.floor(x)) * 2 ** 32) | 0;
  return [Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p))), Int32Array.from(primes, (p) => fraction(Math.cbrt(p)))];
}

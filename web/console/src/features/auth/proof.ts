import { api, ApiError } from '@/api/client';
import type { Challenge, Proof } from '@/api/types/account';

/**
 * `POST path`, doing the work that the server asks for when it has seen too many attempts; `onWork` is told that this
 * takes a moment.
 */
export async function postWithProof<T>(path: string, body: object, onWork: (busy: boolean) => void): Promise<T> {
  let proof: Proof | undefined;
  for (let tries = 0; ; tries++) {
    try {
      return await api.post<T>(path, proof ? { ...body, proof } : body, { anonymous: true });
    } catch (error) {
      const challenge = tries < 3 ? asked(error) : undefined;
      if (!challenge) throw error;
      onWork(true);
      try {
        proof = { challenge: challenge.challenge, nonce: await solve(challenge) };
      } finally {
        onWork(false);
      }
    }
  }
}

function asked(error: unknown): Challenge | undefined {
  if (!(error instanceof ApiError) || error.code !== 'challenge_required') return undefined;
  const { challenge, difficulty } = error.params;
  return typeof challenge === 'string' && typeof difficulty === 'number' ? { challenge, difficulty } : undefined;
}

function solve(challenge: Challenge): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./proof.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<string>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = (event) => {
      worker.terminate();
      reject(new Error(event.message));
    };
    worker.postMessage(challenge);
  });
}

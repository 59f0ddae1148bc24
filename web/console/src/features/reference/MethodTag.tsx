import type { Method } from './openapi';
import './endpoint.css';

export function MethodTag({ method }: { method: Method }) {
  return <span className={`method method-${method.toLowerCase()}`}>{method}</span>;
}

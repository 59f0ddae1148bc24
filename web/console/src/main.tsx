import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import './theme/base.css';
import './theme/shell.css';
import './theme/components.css';

// A part of an older bundle is asked for after the server was replaced: the new page knows the new names.
const reloaded = 'hongyan-console.reloaded';
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem(reloaded) ?? 0);
  if (Date.now() - last < 60_000) return;
  event.preventDefault();
  sessionStorage.setItem(reloaded, String(Date.now()));
  window.location.reload();
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

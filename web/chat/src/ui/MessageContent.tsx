import { Fragment, useState, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import type { Content, Message } from '../im/model';
import { FileIcon, ImageIcon, PinIcon } from './icons';
import { Lightbox } from './Lightbox';

export function MessageContent({ message, author }: { message: Message; author: string }) {
  const { t } = useI18n();
  const { content } = message;
  switch (content.kind) {
    case 'text':
      return (
        <p className={isLargeEmoji(content.text) ? 'text text-emoji' : 'text'}>{linked(content.text)}</p>
      );
    case 'image':
      return (
        <Picture
          content={content}
          author={author}
          progress={message.status === 'sending' ? (message.progress ?? 0) : undefined}
        />
      );
    case 'file':
      return (
        <FileCard
          content={content}
          progress={message.status === 'sending' ? (message.progress ?? 0) : undefined}
        />
      );
    case 'audio':
      return (
        <audio
          className="media"
          controls
          preload="none"
          src={content.url}
          aria-label={t('message.voice', { seconds: content.seconds })}
        />
      );
    case 'video':
      return (
        <video className="media" controls preload="metadata" src={content.url} aria-label={content.name} />
      );
    case 'location':
      return (
        <p className="text text-icon">
          <PinIcon size={18} />
          <span>
            {content.address || t('message.location')}
            <small>
              {content.latitude.toFixed(5)}, {content.longitude.toFixed(5)}
            </small>
          </span>
        </p>
      );
    case 'custom':
      return <p className="text text-other">{t('message.custom', { event: content.event })}</p>;
    case 'bundle':
      return (
        <p className="text text-bundle">
          <strong>{content.title}</strong>
          <span>{content.summary}</span>
        </p>
      );
  }
}

function Picture({
  content,
  author,
  progress,
}: {
  content: Extract<Content, { kind: 'image' }>;
  author: string;
  progress?: number;
}) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  // A thumbnail may not exist, for example of a small picture: then the picture itself.
  const [source, setSource] = useState<'thumb' | 'full' | 'none'>('thumb');
  const box = fit(content.width, content.height);
  if (source === 'none') {
    return (
      <p className="text text-icon text-other">
        <ImageIcon size={18} />
        {t('message.image-broken')}
      </p>
    );
  }
  return (
    <>
      <button
        type="button"
        className="picture"
        style={box}
        onClick={() => setOpen(true)}
        aria-label={t('message.image', { user: author })}
        data-testid="image"
      >
        <img
          src={source === 'thumb' ? content.thumb : content.url}
          alt=""
          width={box.width}
          height={box.height}
          onError={() => setSource(source === 'thumb' ? 'full' : 'none')}
        />
        {progress !== undefined && <Progress share={progress} />}
      </button>
      {open && <Lightbox url={content.url} name={content.name} onClose={() => setOpen(false)} />}
    </>
  );
}

function FileCard({ content, progress }: { content: Extract<Content, { kind: 'file' }>; progress?: number }) {
  const { t, size } = useI18n();
  const extension = /\.([a-z0-9]{1,5})$/i.exec(content.name)?.[1]?.toUpperCase();
  return (
    <a
      className="file"
      href={content.url}
      download={content.name || true}
      aria-label={t('message.download', { name: content.name })}
      data-testid="file"
    >
      <span className="file-icon" aria-hidden="true">
        <FileIcon size={34} />
        {extension && <small>{extension}</small>}
      </span>
      <span className="file-text">
        <strong title={content.name}>{content.name}</strong>
        {content.size > 0 && <span>{size(content.size)}</span>}
      </span>
      {progress !== undefined && <Progress share={progress} />}
    </a>
  );
}

function Progress({ share }: { share: number }) {
  return (
    <span className="progress" aria-hidden="true">
      <span style={{ inlineSize: `${Math.round(share * 100)}%` }} />
    </span>
  );
}

/** The size to show a picture at, known before it is loaded so that nothing jumps. */
function fit(width: number, height: number): { width: number; height: number } {
  if (width <= 0 || height <= 0) return { width: 240, height: 180 };
  const scale = Math.min(1, 300 / width, 320 / height);
  return { width: Math.max(72, Math.round(width * scale)), height: Math.max(56, Math.round(height * scale)) };
}

function linked(text: string): ReactNode {
  return text.split(/(https?:\/\/[^\s<>"'，。；）】」]+)/).map((part, index) => {
    if (index % 2 === 0) return part;
    const url = part.replace(/[.,;:!?)\]}]+$/, '');
    return (
      <Fragment key={index}>
        <a href={url} target="_blank" rel="noopener noreferrer">
          {url}
        </a>
        {part.slice(url.length)}
      </Fragment>
    );
  });
}

/** One to three emoji and nothing else. */
function isLargeEmoji(text: string): boolean {
  if (text.length > 40 || !/\p{Extended_Pictographic}/u.test(text)) return false;
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.trim())];
  return (
    graphemes.length <= 3 && graphemes.every(({ segment }) => /^\p{Extended_Pictographic}/u.test(segment))
  );
}

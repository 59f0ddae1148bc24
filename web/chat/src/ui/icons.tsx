import type { ReactNode } from 'react';

function icon(paths: ReactNode) {
  return function Icon({ size = 20 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {paths}
      </svg>
    );
  };
}

export const SendIcon = icon(
  <path d="M4.5 12 3.4 5.2a.9.9 0 0 1 1.3-.9l15.2 6.9a.9.9 0 0 1 0 1.6L4.7 19.7a.9.9 0 0 1-1.3-.9L4.5 12Zm0 0h7.3" />,
);
export const EmojiIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M8.5 14.2a4.3 4.3 0 0 0 7 0" />
    <path d="M9 9.7h.010M15 9.7h.010" strokeWidth="2.6" />
  </>,
);
export const ImageIcon = icon(
  <>
    <rect x="3" y="4.5" width="18" height="15" rx="3" />
    <circle cx="8.5" cy="9.8" r="1.6" />
    <path d="m4 17.5 4.6-4.2a1.5 1.5 0 0 1 2 0l3.2 3 2-1.8a1.5 1.5 0 0 1 2 0l3 2.7" />
  </>,
);
export const ClipIcon = icon(
  <path d="m19.5 11.6-7.3 7.3a5 5 0 0 1-7.1-7.1l7.7-7.7a3.4 3.4 0 0 1 4.8 4.8l-7.7 7.7a1.7 1.7 0 0 1-2.4-2.4l6.9-6.9" />,
);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 4 4" />
  </>,
);
export const ChatPlusIcon = icon(
  <>
    <path d="M20.5 11.3a8.3 8.3 0 0 1-8.5 8.1 9 9 0 0 1-3.4-.7L4 20l1.2-3.9a7.8 7.8 0 0 1-1.7-4.8A8.3 8.3 0 0 1 12 3.2a8.3 8.3 0 0 1 8.5 8.1Z" />
    <path d="M12 8.3v6M9 11.3h6" />
  </>,
);
export const GroupPlusIcon = icon(
  <>
    <circle cx="9.5" cy="8.5" r="3.5" />
    <path d="M3 19.5c.4-3.5 3-5.5 6.5-5.5s6.1 2 6.5 5.5M18.5 8v6M15.5 11h6" />
  </>,
);
export const GroupIcon = icon(
  <>
    <circle cx="9" cy="8.5" r="3.4" />
    <path d="M2.8 19.3c.4-3.4 2.8-5.3 6.2-5.3s5.8 1.9 6.2 5.3M16 5.5a3.2 3.2 0 0 1 0 6M18 14.5c1.9.7 3 2.3 3.2 4.5" />
  </>,
);
export const BackIcon = icon(<path d="m14.5 5-7 7 7 7" />);
export const CloseIcon = icon(<path d="m6 6 12 12M18 6 6 18" />);
export const MoreIcon = icon(<path d="M5.5 12h.010M12 12h.010M18.5 12h.010" strokeWidth="3" />);
export const InfoIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 11v5" />
    <path d="M12 7.8h.010" strokeWidth="2.6" />
  </>,
);
export const SignOutIcon = icon(
  <path d="M14 4.5H7a2.5 2.5 0 0 0-2.5 2.5v10A2.5 2.5 0 0 0 7 19.5h7M10 12h10.5m0 0-3.5-3.5m3.5 3.5L17 15.5" />,
);
export const LanguageIcon = icon(
  <path d="M3.5 6h10M8.5 3.5V6m3.3 0c-.6 4-3.3 7.3-7.8 9M5.3 9c1.2 2.7 3.3 4.6 6.2 6M12.5 20.5l4-10 4 10m-6.7-3.3h5.4" />,
);
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4" />
  </>,
);
export const MoonIcon = icon(<path d="M20 14.3A8.3 8.3 0 0 1 9.7 4a8.3 8.3 0 1 0 10.3 10.3Z" />);
export const SystemThemeIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 3.5v17a8.5 8.5 0 0 0 0-17Z" fill="currentColor" />
  </>,
);
export const CopyIcon = icon(
  <>
    <rect x="8.5" y="8.5" width="11.5" height="11.5" rx="2.5" />
    <path d="M15.5 5.5A2 2 0 0 0 13.5 4H6.5A2.5 2.5 0 0 0 4 6.5v7a2 2 0 0 0 1.5 2" />
  </>,
);
export const RecallIcon = icon(<path d="M4.5 9.5h10a5 5 0 0 1 0 10H9M4.5 9.5 8.5 5.5M4.5 9.5l4 4" />);
export const RetryIcon = icon(<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15" />);
export const TrashIcon = icon(
  <path d="M4.5 6.5h15M9.5 6.5V4.5h5v2M6.5 6.5l.8 12.5h9.4l.8-12.5M10.3 10.5v5M13.7 10.5v5" />,
);
export const DownloadIcon = icon(<path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M4.5 19.5h15" />);
export const FileIcon = icon(
  <path d="M13.5 3.5H7.5A2.5 2.5 0 0 0 5 6v12a2.5 2.5 0 0 0 2.5 2.5h9A2.5 2.5 0 0 0 19 18V9m-5.5-5.5L19 9m-5.5-5.5V9H19" />,
);
export const DownIcon = icon(<path d="m5.5 9 6.5 6.5L18.5 9" />);
export const PinIcon = icon(
  <>
    <path d="M12 21c4.5-4.3 7-7.8 7-11a7 7 0 1 0-14 0c0 3.2 2.5 6.7 7 11Z" />
    <circle cx="12" cy="10" r="2.5" />
  </>,
);
export const EyeIcon = icon(
  <>
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" />
    <circle cx="12" cy="12" r="2.8" />
  </>,
);
export const EyeOffIcon = icon(
  <path d="M4 4l16 16M9.9 5.7a9 9 0 0 1 2.1-.2c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3 3.7M6.3 7.5A15.6 15.6 0 0 0 2.5 12S6 18.5 12 18.5a9.3 9.3 0 0 0 4.2-1M10 10a2.8 2.8 0 0 0 4 4" />,
);
export const WindowIcon = icon(
  <path d="M14 4.5h5.5V10M19.5 4.5 11.5 12.5M10 5.5H7A2.5 2.5 0 0 0 4.5 8v9A2.5 2.5 0 0 0 7 19.5h9a2.5 2.5 0 0 0 2.5-2.5v-3" />,
);

export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 8v4.3l2.6 1.5" />
  </>,
);
export const AlertIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.5v5" />
    <path d="M12 16h.010" strokeWidth="2.6" />
  </>,
);
export const CheckIcon = icon(<path d="m4.5 12.8 4.7 4.7L19.5 7" />);
export const DoubleCheckIcon = icon(<path d="m1.5 12.8 4.7 4.7L16.5 7M11.5 16.7l.9.8L22.5 7" />);

/** Wild geese write the sign 人 into the sky: the mark of the product. */
export function Logo({ size = 40 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <defs>
        <linearGradient id="logo-sky" x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stopColor="#2f6fed" />
          <stop offset="1" stopColor="#1b3f9c" />
        </linearGradient>
      </defs>
      <rect width="48" height="48" rx="13" fill="url(#logo-sky)" />
      <circle cx="33" cy="14.5" r="5" fill="#ffb45c" />
      <path
        d="M7 23.5c6.2-1.8 11.3-.6 15.3 4.2 4.3-7.3 10.3-10.9 18.7-10.7-7.3 2.6-11.7 7.7-14.2 15.9-.5 1.6-1.7 3-3.3 3.6-1.7.6-3 .4-4.5-.6 1.3-4.7-3-10.2-12-12.4z"
        fill="#fff"
      />
    </svg>
  );
}

import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, InfoCircleFilled } from '@ant-design/icons';
import type { ReactNode } from 'react';

const icons = {
  info: <InfoCircleFilled />,
  success: <CheckCircleFilled />,
  warning: <ExclamationCircleFilled />,
  error: <CloseCircleFilled />,
};

interface Props {
  /** Picks the icon and its colour; `icon` instead of it for something else. */
  status?: keyof typeof icons;
  icon?: ReactNode;
  title: string;
  text?: ReactNode;
  /** What to do now. */
  children?: ReactNode;
}

/** A page, or a large part of one, that only has something to say. */
export function Notice({ status = 'info', icon, title, text, children }: Props) {
  return (
    <div className="notice">
      <div className={`notice-icon ${status}`} aria-hidden="true">
        {icon ?? icons[status]}
      </div>
      <h1>{title}</h1>
      {text && <div className="notice-text">{text}</div>}
      {children && <div className="notice-end">{children}</div>}
    </div>
  );
}

import { Outlet } from 'react-router';

/** A page without a left menu. */
export default function TopLayout() {
  return (
    <div className="page-scroll" tabIndex={0}>
      <div className="page">
        <Outlet />
      </div>
    </div>
  );
}

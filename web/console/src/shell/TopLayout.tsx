import { Outlet } from 'react-router';

/** A page without a left menu. */
export default function TopLayout() {
  return (
    <div className="page-scroll">
      <div className="page">
        <Outlet />
      </div>
    </div>
  );
}

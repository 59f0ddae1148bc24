import type { Push } from '@/api/types/push';
import { CopyText } from '@/components/CopyText';
import { useLanguage, useTexts } from '@/i18n';
import type { Vendor } from './kinds';
import { pushTexts } from './texts';
import { vendorName } from './words';

/** Vendors that have to be told beforehand; others are told with each notice. */
const toldBefore: readonly Vendor[] = ['HUAWEI', 'HONOR'];

/** 回执地址 of the vendors that the app uses. */
export function Receipts({ push: { receipts_url, certificates } }: { push: Push }) {
  const t = useTexts(pushTexts);
  const { language } = useLanguage();
  const used = toldBefore.filter((name) => certificates.some(({ vendor }) => vendor === name));
  if (receipts_url === null || used.length === 0) return null;
  return (
    <section className="push-receipts">
      <h3>{t.receipts}</h3>
      <p className="faint">{t.receiptsHint}</p>
      <dl>
        {used.map((name) => (
          <div key={name}>
            <dt>{vendorName(name, language)}</dt>
            <dd>
              <CopyText text={`${receipts_url}/${name.toLowerCase()}`} what={t.receipts} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

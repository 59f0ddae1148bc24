import { Form } from 'antd';
import { FormDialog } from '@/components/FormDialog';
import { TimeRange, type Times } from '@/components/TimeRange';
import { useTexts } from '@/i18n';
import { deliveryTexts } from './deliveryTexts';
import { deliveryDays } from './limits';

interface Props {
  /** What the list shows at present. */
  times: Times;
  /** Delivers again what is between two times, in ms. */
  replay: (range: { from: number; to: number }) => Promise<unknown>;
  open: boolean;
  onClose: () => void;
}

/** 按时间段重新投递. */
export function ReplayDialog({ times, replay, open, onClose }: Props) {
  const t = useTexts(deliveryTexts);
  return (
    <FormDialog<{ range: Times }>
      title={t.replayRange}
      open={open}
      onClose={onClose}
      onSubmit={({ range }) => replay({ from: Number(range.from), to: Number(range.to) })}
      initial={{ range: times }}
      submitText={t.replay}
      intro={t.replayRangeText}
    >
      <Form.Item
        name="range"
        label={t.range}
        className="last-item"
        required
        rules={[
          {
            validator: (_, range: Times) =>
              range.from && range.to ? Promise.resolve() : Promise.reject(new Error(t.rangeRule)),
          },
        ]}
      >
        <TimeRange label={t.range} days={deliveryDays} />
      </Form.Item>
    </FormDialog>
  );
}

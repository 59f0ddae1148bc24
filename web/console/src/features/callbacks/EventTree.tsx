import { TreeSelect, type GetRef } from 'antd';
import { useMemo, type Ref } from 'react';
import { useLanguage, useTexts } from '@/i18n';
import { eventName, eventTree, everything, everythingNames, pick } from './events';
import { ruleTexts } from './ruleTexts';

interface Props {
  /** Selectors. */
  value?: string[];
  onChange?: (selectors: string[]) => void;
  /** Set by `Form.Item`. */
  id?: string;
  /** What a refusal of the server scrolls to. */
  ref?: Ref<GetRef<typeof TreeSelect>>;
}

/** 回调类型: which events, as few selectors as say it. */
export function EventTree({ value, onChange, id, ref }: Props) {
  const t = useTexts(ruleTexts);
  const { language } = useLanguage();
  const tree = useMemo(() => {
    const node = (selector: string, name: string) => ({
      value: selector,
      // What was chosen stands alone, without what is above it.
      label: eventName(selector, language),
      title: (
        <>
          {name} <code className="faint">{selector}</code>
        </>
      ),
    });
    const families = eventTree.map(({ selector, names, below }) => ({
      ...node(selector, pick(names, language)),
      children: below.map((leaf) => node(leaf.selector, pick(leaf.names, language))),
    }));
    return [{ ...node(everything, pick(everythingNames, language)), children: families }];
  }, [language]);
  return (
    <TreeSelect<string[]>
      {...(id ? { id } : {})}
      {...(ref ? { ref } : {})}
      value={value ?? []}
      onChange={(to) => onChange?.(to)}
      treeData={tree}
      treeCheckable
      treeNodeLabelProp="label"
      treeDefaultExpandedKeys={[everything]}
      showCheckedStrategy={TreeSelect.SHOW_PARENT}
      showSearch={{
        filterTreeNode: (words, { value: selector, label }) =>
          `${String(label)} ${String(selector)}`.toLowerCase().includes(words.trim().toLowerCase()),
      }}
      placeholder={t.searchEvents}
      maxTagCount={8}
      listHeight={320}
      // The field names its list so, but the tree has no such name of its own.
      popupRender={(list) => <div id={`${id}_list`}>{list}</div>}
      allowClear
    />
  );
}

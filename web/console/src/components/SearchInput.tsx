import { SearchOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useEffect, useState } from 'react';

interface Props {
  /** What is searched for: the label, and the words in the empty field. */
  label: string;
  /** What is searched for at present, from `useFilters`. */
  value: string | undefined;
  onSearch: (value: string | undefined) => void;
  width?: number;
}

/** Searches on Enter, on leaving the field, and when it is cleared. */
export function SearchInput({ label, value, onSearch, width = 240 }: Props) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const search = (words: string): void => {
    const wanted = words.trim() || undefined;
    if (wanted !== value) onSearch(wanted);
  };
  return (
    <Input
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      allowClear
      prefix={<SearchOutlined className="faint" />}
      style={{ width }}
      onChange={(event) => {
        setText(event.target.value);
        if (!event.target.value) search('');
      }}
      onPressEnter={() => search(text)}
      onBlur={() => search(text)}
    />
  );
}

import { useEffect, useState } from 'react';
import { useI18n } from '../i18n';
import { describe } from '../im/errors';
import type { ErrorText, GroupDetail } from '../im/model';
import { GroupAvatar, UserAvatar } from './Avatar';
import { useCopy } from './copy';
import { Dialog } from './Dialog';
import { CopyIcon } from './icons';
import { useChat, useNames, useStore } from './store';

export function GroupDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, error: errorText } = useI18n();
  const store = useStore();
  const names = useNames();
  const copy = useCopy();
  const me = useChat((state) => state.me);
  const [group, setGroup] = useState<GroupDetail>();
  const [problem, setProblem] = useState<ErrorText>();

  useEffect(() => {
    let wanted = true;
    store.groupDetail(id).then(
      (detail) => wanted && setGroup(detail),
      (error: unknown) => wanted && setProblem(describe(error)),
    );
    return () => {
      wanted = false;
    };
  }, [store, id]);

  const leave = (): void => {
    store.leaveGroup(id).then(onClose, (error: unknown) => setProblem(describe(error)));
  };

  return (
    <Dialog title={t('group.title')} onClose={onClose} testId="group-info">
      {problem && (
        <p className="form-error" role="alert">
          {errorText(problem)}
        </p>
      )}
      {!group && !problem && (
        <p className="dialog-loading">
          <span className="spinner" aria-hidden="true" /> {t('chat.loading')}
        </p>
      )}
      {group && (
        <>
          <div className="group-card">
            <GroupAvatar id={id} size={64} />
            <div>
              <strong>{group.name}</strong>
              {group.description && <p>{group.description}</p>}
              <p className="group-id">
                <span>
                  {t('group.id')} <code>{group.id}</code>
                </span>
                <button
                  type="button"
                  className="icon-button"
                  onClick={() => copy(group.id)}
                  aria-label={t('group.copy-id')}
                  title={t('group.copy-id')}
                >
                  <CopyIcon size={16} />
                </button>
              </p>
            </div>
          </div>
          <h3>{t('group.members', { count: group.count })}</h3>
          <ul className="members" data-testid="group-member-list">
            {group.members.map((member) => {
              const name = names(member.id);
              const content = (
                <>
                  <UserAvatar user={member.id} size={36} />
                  <span className="member-name">
                    {name}
                    {name !== member.id && <small>{member.id}</small>}
                  </span>
                  {member.id === me && <span className="tag">{t('group.you')}</span>}
                  {member.role !== 'member' && (
                    <span className="tag" data-role={member.role}>
                      {t(`group.${member.role}`)}
                    </span>
                  )}
                </>
              );
              return (
                <li key={member.id} data-testid={`group-member-${member.id}`}>
                  {member.id === me ? (
                    <span className="member">{content}</span>
                  ) : (
                    <button
                      type="button"
                      className="member"
                      title={t('group.chat', { user: name })}
                      onClick={() => {
                        onClose();
                        store.startChat(member.id);
                      }}
                    >
                      {content}
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
          {group.members.some((member) => member.id === me && member.role !== 'owner') && (
            <Leave onLeave={leave} />
          )}
        </>
      )}
    </Dialog>
  );
}

function Leave({ onLeave }: { onLeave: () => void }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <div className="group-leave">
      {asking ? (
        <>
          <span>{t('group.leave-sure')}</span>
          <button type="button" className="button-plain" onClick={() => setAsking(false)}>
            {t('group.stay')}
          </button>
          <button
            type="button"
            className="button-plain danger"
            data-testid="group-leave-confirm"
            onClick={onLeave}
          >
            {t('group.leave')}
          </button>
        </>
      ) : (
        <button
          type="button"
          className="button-plain danger"
          data-testid="group-leave"
          onClick={() => setAsking(true)}
        >
          {t('group.leave')}
        </button>
      )}
    </div>
  );
}

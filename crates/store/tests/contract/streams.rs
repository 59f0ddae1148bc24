//! Streamed messages that go on.

use hongyan_model::{ConversationKey, MessageId};
use hongyan_store::streams::{OpenStream, begin, end, open};

use crate::on_every_engine;

#[tokio::test]
async fn a_stream_is_open_until_it_ends() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let stream = |app, id| OpenStream {
            app,
            id: MessageId(id),
            conversation: ConversationKey::from_trusted("s:a|b"),
            seq: id + 1,
        };
        for stream in [stream(app, 7), stream(app, 8), stream(other, 7)] {
            begin(&f.store, &stream).await.unwrap();
        }
        end(&f.store, app, MessageId(7)).await.unwrap();
        end(&f.store, app, MessageId(7)).await.unwrap();
        let left = open(&f.store).await.unwrap();
        assert_eq!(left, [stream(other, 7), stream(app, 8)]);
    })
    .await;
}

//! The port of native clients, which speak MSYNC without WebSocket.

use hongyan_gateway::Gateway;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::http::{Acceptor, Slots};

/// Accepts until `stopping` is set. The gateway ends the connections.
pub(crate) async fn serve(
    listener: TcpListener,
    gateway: Gateway,
    slots: Slots,
    stopping: watch::Receiver<bool>,
) {
    let mut acceptor = Acceptor::new(listener, slots, stopping);
    while let Some((socket, peer)) = acceptor.next().await {
        // Small frames leave at once; whoever has more to say writes it in one go.
        if socket.set_nodelay(true).is_ok() {
            gateway.accept(socket, peer.ip().to_canonical());
        }
    }
}

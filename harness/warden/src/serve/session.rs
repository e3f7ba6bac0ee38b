//! One client's connection: its requests, its answers, and its end.

use std::rc::Rc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::log;
use super::shares::Grant;
use super::state::{State, client_tag};
use crate::wire::{Answer, Call, Message, Request};

/// Serves one connection until its end, then lets go of all that its client owned.
pub(super) async fn serve(state: Rc<State>, client: u64, stream: UnixStream) {
    let (reader, writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::task::spawn_local(write(writer, receiver));
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str::<Request>(&line) {
            Ok(request) => {
                // Only who greets is a client: a starter that looks whether we listen is not.
                if matches!(request.call, Call::Hello) {
                    if state.leaving.get() {
                        return;
                    }
                    state.clients.borrow_mut().insert(client, sender.clone());
                    state.clients_changed.notify_one();
                }
                // Tasks start in this order, so requests take effect in the order they were sent.
                let (state, sender) = (Rc::clone(&state), sender.clone());
                tokio::task::spawn_local(async move {
                    let answer = answer(&state, client, request.call).await;
                    let _ = sender.send(Message::Answer { id: request.id, answer });
                });
            }
            Err(error) => {
                log(format_args!("client {client} sent a line that cannot be read ({error}): {line}"))
            }
        }
    }
    if state.clients.borrow_mut().remove(&client).is_some() {
        leave(&state, client).await;
        state.clients_changed.notify_one();
    }
}

async fn write(mut writer: OwnedWriteHalf, mut messages: UnboundedReceiver<Message>) {
    while let Some(message) = messages.recv().await {
        let Ok(mut line) = serde_json::to_vec(&message) else { continue };
        line.push(b'\n');
        if writer.write_all(&line).await.is_err() {
            return;
        }
    }
}

async fn answer(state: &State, client: u64, call: Call) -> Result<Answer, String> {
    if !state.clients.borrow().contains_key(&client) {
        return Err("the client is gone".into()); // it ended between asking and this task's start
    }
    match call {
        Call::Hello => Ok(Answer::Hello { pid: std::process::id() as i32 }),
        Call::Spawn(spawn) => Ok(Answer::Process { pid: state.spawn(client, &spawn)?, exit: None }),
        Call::Attach { pid } => Ok(Answer::Process { pid, exit: state.attach(client, pid)? }),
        Call::Signal { pid, signal } => state.signal(pid, signal).await.map(|()| Answer::Done),
        Call::Kill { pid } => state.kill(pid).await.map(|()| Answer::Done),
        Call::Scratch { owner, prefix } => Ok(Answer::Path(state.directory(client, &owner, &prefix)?)),
        Call::Share { key, lease } => share(state, client, key, lease).await,
        Call::Publish { key, lease, json } => {
            state.shares.borrow_mut().publish(&key, (client, lease), &json).map(|()| Answer::Done)
        }
        Call::Abandon { lease, .. } => {
            withdraw(state, |claim| claim == (client, lease)).await;
            Ok(Answer::Done)
        }
    }
}

async fn share(state: &State, client: u64, key: String, lease: u64) -> Result<Answer, String> {
    let (granted, release) = state.shares.borrow_mut().claim(&key, (client, lease));
    if let Some(tag) = release {
        if let Err(error) = state.release(&tag).await {
            log(format_args!("share {key} lost a process, but {error}"));
        }
        state.shares.borrow_mut().next(&key);
    }
    match granted.await {
        Ok(Grant::Start) => Ok(Answer::Start),
        Ok(Grant::Ready(json)) => Ok(Answer::Ready(json)),
        Err(_) => Err("the claim was taken back".into()),
    }
}

async fn leave(state: &State, client: u64) {
    if let Err(error) = state.release(&client_tag(client)).await {
        log(format_args!("client {client} left, but {error}"));
    }
    withdraw(state, |claim| claim.0 == client).await;
}

async fn withdraw(state: &State, gone: impl Fn((u64, u64)) -> bool) {
    let left = state.shares.borrow_mut().withdraw(gone);
    for (key, tag) in left {
        if let Err(error) = state.release(&tag).await {
            log(format_args!("share {key} was abandoned, but {error}"));
        }
        state.shares.borrow_mut().next(&key);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::task::LocalSet;

    use super::*;

    /// What a client that greets hears until it is hung up on, or until its first answer.
    async fn greeted(leaving: bool) -> String {
        let state = State::new(std::path::Path::new("/nowhere"));
        state.leaving.set(leaving);
        let (mut client, server) = UnixStream::pair().expect("a pair of sockets");
        tokio::task::spawn_local(serve(state, 1, server));
        let hello = serde_json::to_string(&Request { id: 0, call: Call::Hello }).expect("it is data");
        client.write_all(format!("{hello}\n").as_bytes()).await.expect("it listens");
        let mut heard = vec![0; 1024];
        let count = client.read(&mut heard).await.expect("an answer or an end");
        String::from_utf8_lossy(&heard[..count]).into_owned()
    }

    #[tokio::test]
    async fn who_greets_a_leaving_server_is_hung_up_on() {
        let (before, after) =
            LocalSet::new().run_until(async { (greeted(false).await, greeted(true).await) }).await;

        assert!(before.contains("Hello"), "{before}");
        assert_eq!(after, "");
    }
}

//! How much of a long message a Kafka link holds: while its receiver reads nothing, and until it has passed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::held::Held;
use crate::paths::connect;
use crate::{Failure, blocking, requests};

/// The record in the message.
const BYTES: usize = 100_000_000;
const PIECE: usize = 256 * 1024;
const TOPIC: &str = "orders";
/// A sender that has sent nothing for so long waits for its receiver.
const STUCK: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_secs(60);

/// Sends a long request and a long answer, and prints by how much the link's process grew.
pub(crate) async fn measure() -> Result<(), Failure> {
    let broker = TcpListener::bind("127.0.0.1:0")?;
    let link = Held::open("kafka", broker.local_addr()?).await?;
    let (link, lines) = blocking(move || {
        let client = connect(link.address)?;
        let broker = broker.accept()?.0;
        broker.set_read_timeout(Some(LIMIT))?;
        broker.set_write_timeout(Some(LIMIT))?;
        // Unmeasured: what the link needs for any message.
        pass(&client, &broker, requests::produce(TOPIC, 100)?, &link)?;
        pass(&broker, &client, requests::produced(TOPIC)?, &link)?;
        let request = pass(&client, &broker, requests::produce(TOPIC, BYTES)?, &link)?;
        pass(&broker, &client, requests::produced(TOPIC)?, &link)?;
        pass(&client, &broker, requests::fetch(TOPIC)?, &link)?;
        let answer = pass(&broker, &client, requests::fetched(TOPIC, BYTES)?, &link)?;
        Ok((link, [("Produce", request), ("answer to Fetch", answer)]))
    })
    .await?;
    if link.close().await? < 2 {
        return Err("the link did not tell what was produced".into());
    }
    println!("a Kafka message of {} MB, memory of the link's process, KiB", BYTES / 1_000_000);
    for (name, (stalled, peak)) in lines {
        println!("    {name}: grew by {stalled} while its receiver read nothing, by {peak} at most");
        let met = if peak < BYTES as u64 / 1024 { "met" } else { "NOT MET" };
        println!("  {name}: not held twice: {met}");
    }
    Ok(())
}

/// Sends a message that is read only when its sender waits for that, or has sent all. By how much the link's process grew
/// until then, and at most.
fn pass(
    sender: &TcpStream,
    receiver: &TcpStream,
    message: Vec<u8>,
    link: &Held,
) -> Result<(u64, u64), Failure> {
    link.forget_peak()?;
    let (before, _) = link.resident()?;
    let (message, sent) = (Arc::new(message), Arc::new(AtomicUsize::new(0)));
    let sending = std::thread::spawn({
        let (mut sender, message, sent) = (sender.try_clone()?, message.clone(), sent.clone());
        move || {
            message.chunks(PIECE).try_for_each(|piece| {
                sender.write_all(piece)?;
                sent.fetch_add(piece.len(), Ordering::Relaxed);
                Ok::<(), std::io::Error>(())
            })
        }
    });
    let (mut seen, mut since, begun) = (0, Instant::now(), Instant::now());
    while seen < message.len() && since.elapsed() < STUCK {
        if begun.elapsed() > LIMIT {
            return Err(format!("still being sent after {LIMIT:?}: {seen} of {} bytes", message.len()).into());
        }
        let now = sent.load(Ordering::Relaxed);
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let stalled = link.resident()?.0;
    let (mut receiver, mut got) = (receiver, vec![0; PIECE]);
    for piece in message.chunks(PIECE) {
        let got = &mut got[..piece.len()];
        receiver.read_exact(got)?;
        if got != piece {
            return Err("other bytes have come than were sent".into());
        }
    }
    sending.join().map_err(|_| "the sender has panicked")??;
    let peak = link.resident()?.1;
    Ok((stalled.saturating_sub(before), peak.saturating_sub(before)))
}

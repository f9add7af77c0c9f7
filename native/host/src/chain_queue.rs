use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio::time::timeout;

use crate::chain::{ChainError, ChainSource};
use crate::session::{Question, Reply};

/// The receiver of an answer of the chain.
#[derive(Clone, Copy)]
pub enum Asker {
    /// The host itself, before `init`.
    Init,
    /// The plugin, with the ticket of its question.
    Plugin(u64),
}

/// Open questions to the node's chain: at most the plugin's open requests and one of the host. A timeout or a panic
/// counts as unavailable. Dropping the queue aborts the questions.
pub struct ChainQueue {
    chain: Arc<dyn ChainSource>,
    wait: Duration,
    answers: JoinSet<Reply>,
    askers: HashMap<Id, Asker>,
}

impl ChainQueue {
    pub fn new(chain: Arc<dyn ChainSource>, wait: Duration) -> Self {
        Self { chain, wait, answers: JoinSet::new(), askers: HashMap::new() }
    }

    pub fn ask(&mut self, asker: Asker, question: Question) {
        let (chain, wait) = (Arc::clone(&self.chain), self.wait);
        let answering = async move {
            let reply = timeout(wait, ask(chain, question)).await;
            reply.unwrap_or(Reply::Chain(ChainError::Unavailable))
        };
        self.askers.insert(self.answers.spawn(answering).id(), asker);
    }

    /// The next answer; pending without a question.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<(Asker, Reply)> {
        while let Poll::Ready(Some(joined)) = self.answers.poll_join_next_with_id(context) {
            let (id, reply) = match joined {
                Ok(answer) => answer,
                // The task panicked.
                Err(error) => (error.id(), Reply::Chain(ChainError::Unavailable)),
            };
            if let Some(asker) = self.askers.remove(&id) {
                return Poll::Ready((asker, reply));
            }
        }
        Poll::Pending
    }
}

async fn ask(chain: Arc<dyn ChainSource>, question: Question) -> Reply {
    let reply = match question {
        Question::Tip => chain.tip().await.map(Reply::Tip),
        Question::Blocks { from, to } => chain.blocks(from, to).await.map(Reply::Blocks),
        Question::Task(id) => chain.task(id).await.map(Reply::Task),
        Question::Miner(key) => chain.miner(key).await.map(Reply::Miner),
        // The chain does not sign.
        Question::Sign { .. } => Err(ChainError::Unavailable),
    };
    reply.unwrap_or_else(Reply::Chain)
}

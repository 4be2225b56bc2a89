//! Attention rollout (Abnar & Zuidema 2020, *Quantifying Attention Flow in Transformers*, arXiv 2005.00928): how much of
//! each token of a volume reaches what is classified, if all there were is attention and the way around it.
//!
//! The paper multiplies the matrices of all layers, each the mean over the heads, half of it the identity for the way
//! around. Of the product one row is wanted, that of what is pooled. So a row is carried backwards through the layers
//! instead: what each attention took in is kept, and its probabilities are worked out when their turn comes.

use burn::prelude::*;

use super::Vivit;
use super::attention::MultiHeadSelfAttention;
use super::chance::AttentionChance;
use super::encoder::Encoder;
use super::layer::LayerNorm;

/// A tensor did not come back from its device.
#[derive(Debug, thiserror::Error)]
#[error("a tensor cannot be read: {0}")]
pub struct Unread(pub String);

impl Vivit {
    /// The share of each token in what is classified; they add up to 1. `volume` is one,
    /// `[1, depth, height, width, channels]`, as [`Vivit::forward`] takes it.
    ///
    /// With a class token it is that token's row, and without one the mean of all rows. What falls to class tokens
    /// themselves is left out. Model 3 has two layers a block. In model 4 the heads in space and those in time are heads of
    /// one attention, and the mean over them is taken as over any others. In model 2 the rollout of the temporal encoder
    /// says how much each time counts, and is what the spatial encoder's rollout begins with.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn rollout(&self, volume: Tensor<5>) -> Result<Vec<f64>, Unread> {
        let x = self.embedding.forward(volume); // [1, tokens, dim]
        let shares = match &self.temporal {
            None => Way::through(self.encoder(), x, 1).0.back(&[1.0])?,
            Some(temporal) => {
                let ([_, tokens, dim], times) = (x.dims(), self.times);
                let x = x.reshape([times, tokens / times, dim]); // [times, places, dim]
                let (space, x) = Way::through(self.encoder(), x, times);
                let (time, _) = Way::through(temporal.encoder(), x.reshape([1, times, dim]), 1);
                space.back(&time.back(&[1.0])?)?
            }
        };
        let sum: f64 = shares.iter().sum();
        Ok(shares.into_iter().map(|share| share / sum).collect())
    }
}

/// The way of one volume through an encoder.
struct Way<'a> {
    encoder: Encoder<'a>,
    sequences: usize,
    /// Of a sequence, with its class token.
    tokens: usize,
    /// The attentions in their order, and what each took in, `[sequences·tokens, dim]`.
    taken_in: Vec<(&'a MultiHeadSelfAttention, &'a LayerNorm, Tensor<2>)>,
}

impl<'a> Way<'a> {
    /// Goes it: `x` is `[sequences, tokens, dim]`. Beside the way what the encoder gives, `[sequences, dim]`.
    fn through(encoder: Encoder<'a>, x: Tensor<3>, sequences: usize) -> (Self, Tensor<2>) {
        let x = encoder.placed(x); // [s, n, dim]
        let [_, tokens, dim] = x.dims();
        let mut x = x.reshape([sequences * tokens, dim]); // [s·n, dim]
        let mut taken_in = Vec::new();
        for block in encoder.blocks {
            for (attention, norm) in block.attentions() {
                taken_in.push((attention, norm, x.clone()));
                x = attention.residual(x, norm, sequences * tokens, &AttentionChance::default()); // [s·n, dim]
            }
            x = block.mlp(x, None); // [s·n, dim]
        }
        let pooled = encoder.pooled(x, [sequences, tokens]); // [s, dim]
        (Self { encoder, sequences, tokens, taken_in }, pooled)
    }

    /// From the share of each sequence's vector to the shares of the tokens that came in, without the class tokens.
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 tokens")]
    fn back(self, shares: &[f64]) -> Result<Vec<f64>, Unread> {
        let (tokens, has_class_token) = (self.tokens, self.encoder.class_token.is_some());
        let pooled = |token: usize| match (has_class_token, token) {
            (true, 0) => 1.0,
            (true, _) => 0.0,
            (false, _) => 1.0 / tokens as f64,
        };
        debug_assert_eq!(shares.len(), self.sequences);
        let mut row: Vec<f64> =
            shares.iter().flat_map(|share| (0..tokens).map(move |token| share * pooled(token))).collect();
        for (attention, norm, x) in self.taken_in.into_iter().rev() {
            row = before(&row, attention, norm, x)?;
        }
        let first = usize::from(has_class_token);
        Ok(row.chunks_exact(tokens).flat_map(|sequence| sequence.iter().skip(first).copied()).collect())
    }
}

/// A row behind an attention as a row before it: half goes around, half by how much each token looked at which.
fn before(row: &[f64], attention: &MultiHeadSelfAttention, norm: &LayerNorm, x: Tensor<2>) -> Result<Vec<f64>, Unread> {
    let mut found: Vec<f64> = row.iter().map(|share| share / 2.0).collect();
    for (of_heads, strand, looks) in attention.looks(x, norm) {
        let looks: Vec<f32> = looks.into_data().try_to_vec().map_err(|error| Unread(format!("{error:?}")))?;
        for (place, looks) in looks.chunks_exact(strand.tokens).enumerate() {
            let (sequence, query) = (place / strand.tokens, place % strand.tokens);
            let share = row.get(strand.token(sequence, query)).map_or(0.0, |share| share / 2.0 * of_heads);
            for (key, look) in looks.iter().enumerate() {
                if let Some(found) = found.get_mut(strand.token(sequence, key)) {
                    *found += share * f64::from(*look);
                }
            }
        }
    }
    Ok(found)
}

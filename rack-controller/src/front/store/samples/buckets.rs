//! Buckets of equal width over a span of time, each with the least and the greatest of what touches it.

/// The buckets of one point.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    from_ms: i64,
    to_ms: i64,
    extremes: Vec<Option<(f64, f64)>>,
}

impl Buckets {
    /// `count` empty buckets. Times are held to what makes their product with a count fit.
    pub(super) fn new(from_ms: i64, to_ms: i64, count: usize) -> Buckets {
        Buckets {
            from_ms,
            to_ms,
            extremes: vec![None; count],
        }
    }

    /// A slot from `start_ms` on with these extremes counts in every bucket it touches.
    pub(super) fn add(&mut self, start_ms: i64, length_ms: i64, low: f64, high: f64) {
        let (span, count) = (self.to_ms - self.from_ms, self.extremes.len() as i64);
        let end_ms = start_ms + length_ms;
        if end_ms <= self.from_ms || start_ms >= self.to_ms {
            return;
        }
        // The bucket in which the slot starts, and the last that starts before the slot ends.
        let first = (start_ms.max(self.from_ms) - self.from_ms) * count / span;
        let last = ((end_ms.min(self.to_ms) - self.from_ms) * count - 1) / span;
        let place = |bucket: i64| usize::try_from(bucket).unwrap_or(0);
        let touched = self.extremes.get_mut(place(first)..=place(last));
        for bucket in touched.unwrap_or_default() {
            *bucket = Some(bucket.map_or((low, high), |(min, max)| (min.min(low), max.max(high))));
        }
    }

    /// The least and the greatest of each.
    pub(super) fn into_extremes(self) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
        self.extremes
            .into_iter()
            .map(|bucket| (bucket.map(|(min, _)| min), bucket.map(|(_, max)| max)))
            .unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slot_counts_where_it_touches() {
        let mut buckets = Buckets::new(1000, 4000, 3);
        buckets.add(0, 1000, 9.0, 9.0);
        buckets.add(4000, 1000, 9.0, 9.0);
        buckets.add(1000, 1000, 1.0, 2.0);
        buckets.add(2500, 1000, 0.5, 5.0);
        let (min, max) = buckets.into_extremes();
        assert_eq!(min, [Some(1.0), Some(0.5), Some(0.5)]);
        assert_eq!(max, [Some(2.0), Some(5.0), Some(5.0)]);
    }

    proptest! {
        #[test]
        fn touching_is_what_it_says(
            from in -5_000_000_000_000i64..5_000_000_000_000,
            span in 1i64..100_000,
            count in 1i64..300,
            start in -120_000i64..120_000,
            length in 1i64..100_000,
        ) {
            let mut buckets = Buckets::new(from, from + span, usize::try_from(count).expect("positive"));
            buckets.add(from + start, length, 1.0, 1.0);
            let (min, _) = buckets.into_extremes();
            for (bucket, found) in (0i64..).zip(min) {
                // Bucket k covers k * span / count to (k + 1) * span / count.
                let touches = start * count < (bucket + 1) * span && (start + length) * count > bucket * span;
                prop_assert_eq!(found.is_some(), touches && start < span && start + length > 0, "{}", bucket);
            }
        }
    }
}

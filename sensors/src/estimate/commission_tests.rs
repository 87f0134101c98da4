//! Sweeps of racks whose constants are known, and sweeps that cannot be right.

use super::*;

/// A sweep of a rack with these constants: what its probe shows by the twin's own equations, a little noise on it.
fn swept(off: [f64; CONSTANTS]) -> Record {
    let mut record = Record::new();
    let flows = [0.564, 0.30, 0.16, 0.43, 0.21, 0.564];
    let mut sample = Sample {
        exhaust_c: 36.0,
        room_c: 24.0,
        power_w: 5_000.0,
        flow_m3_s: 0.30,
        jet_pa: 12.0,
    };
    let mut rack = Twin::new(&off, &sample);
    for (level, flow) in flows.into_iter().enumerate() {
        for look in 0..84_u16 {
            let (q, noise) = (flow, f32::from((look * 7 + 3) % 11) - 5.0);
            sample.flow_m3_s = q;
            sample.jet_pa = 28.0 * q + 38.0 * q * q;
            #[expect(clippy::cast_possible_truncation, reason = "a reading")]
            let shown = rack.pass(&sample) as f32;
            sample.exhaust_c = shown + 0.01 * noise;
            // The first level is where it stood.
            assert!(record.push(sample), "{level}");
        }
    }
    record
}

fn fitted(record: &Record) -> Result<Fit, FitError> {
    let mut fitting = Fitting::new(record)?;
    for _ in 0..10_000 {
        if let Some(fit) = fitting.work(record, 7)? {
            return Ok(fit);
        }
    }
    panic!("it never ends");
}

#[test]
fn a_rack_off_its_plan_is_found_out() {
    let plan = fitted(&swept([0.0; CONSTANTS])).expect("the plan's rack");
    assert!(
        (plan.flow - 1.0).abs() < 0.02 && (plan.chips_w - 1.0).abs() < 0.04,
        "{plan:?}"
    );
    let off = [-0.15, 0.12, -0.10, 0.10, -0.12, 0.10, 0.05, 0.0];
    let found = fitted(&swept(off)).expect("a rack of this make");
    assert!((found.flow - 0.85).abs() < 0.03, "{found:?}");
    assert!((found.chips_w - 1.12).abs() < 0.08, "{found:?}");
    assert!((found.chips_j - 0.90).abs() < 0.08, "{found:?}");
    assert!(
        (found.draft.0 - 28.0).abs() < 0.5 && (found.draft.1 - 38.0).abs() < 1.0,
        "{found:?}"
    );
    assert!(
        found.residual_k < 0.06 && (0.02..0.12).contains(&found.chips_w_sd),
        "{found:?}"
    );
}

/// What a portion is does not matter.
#[test]
fn portions_give_the_same_fit() {
    let record = swept([0.1; CONSTANTS]);
    let mut whole = Fitting::new(&record).expect("it begins");
    let at_once = loop {
        if let Some(fit) = whole.work(&record, SAMPLES).expect("a fit") {
            break fit;
        }
    };
    assert_eq!(fitted(&record), Ok(at_once));
}

fn changed(change: impl Fn(usize, &mut Sample)) -> Result<Fit, FitError> {
    let (mut record, from) = (Record::new(), swept([0.0; CONSTANTS]));
    for (place, sample) in from.samples().iter().enumerate() {
        let mut sample = *sample;
        change(place, &mut sample);
        record.push(sample);
    }
    fitted(&record)
}

#[test]
fn what_cannot_be_right_is_refused_by_name() {
    assert_eq!(Fitting::new(&Record::new()).err(), Some(FitError::Short(0)));
    let narrow = changed(|_, sample| sample.flow_m3_s = 0.3);
    assert!(matches!(narrow, Err(FitError::Narrow(_))), "{narrow:?}");
    let swapped = changed(|_, sample| core::mem::swap(&mut sample.exhaust_c, &mut sample.room_c));
    assert_eq!(swapped, Err(FitError::Swapped));
    let tubes = changed(|_, sample| sample.jet_pa = -sample.jet_pa);
    assert_eq!(tubes, Err(FitError::Draft));
    let cold = changed(|_, sample| sample.exhaust_c = 24.0 + 0.1 * (sample.exhaust_c - 24.0));
    assert!(matches!(cold, Err(FitError::Cold(_))), "{cold:?}");
    // Somebody opened the door for a while: no constants explain that.
    let disturbed = changed(|place, sample| {
        if (250..330).contains(&place) {
            sample.exhaust_c -= 6.0;
        }
    });
    assert!(
        matches!(disturbed, Err(FitError::Unexplained(_) | FitError::Off { .. })),
        "{disturbed:?}"
    );
    // A meter that tells half of the load.
    let lying = changed(|_, sample| sample.power_w *= 0.45);
    assert!(matches!(lying, Err(FitError::Off { .. })), "{lying:?}");
}

#[test]
fn a_full_record_takes_no_more_and_a_cleared_one_is_empty() {
    let mut record = Record::new();
    assert!((0..SAMPLES).all(|_| record.push(Sample::default())) && !record.push(Sample::default()));
    assert_eq!(record.samples().len(), SAMPLES);
    record.clear();
    assert!(record.samples().is_empty());
}

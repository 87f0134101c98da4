use super::*;

fn chip() -> Chip {
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Chip::new(&names(&["door", "leak"]), &names(&["horn", "beacon"]), 0b01).expect("few lines")
}

/// le16 type, le16 line, le32 value, written out by hand.
fn ask(chip: &mut Chip, kind: u8, line: u8, value: u8) -> Answer {
    chip.request([kind, 0, line, 0, value, 0, 0, 0])
}

fn bytes(chip: &mut Chip, kind: u8, line: u8, value: u8) -> Vec<u8> {
    ask(chip, kind, line, value).bytes
}

#[test]
fn the_configuration_space_is_count_padding_and_size_of_the_names() {
    assert_eq!(chip().config(), [4, 0, 0, 0, 22, 0, 0, 0]);
    assert_eq!(bytes(&mut chip(), 1, 0, 0), b"\0door\0leak\0horn\0beacon\0");
}

#[test]
fn a_contact_is_read_and_cannot_be_driven() {
    let mut chip = chip();
    assert_eq!(bytes(&mut chip, 2, 0, 0), [0, 0], "no direction yet");
    assert_eq!(bytes(&mut chip, 3, 0, 2), [0, 0]);
    assert_eq!(bytes(&mut chip, 2, 0, 0), [0, 2], "an input");
    assert_eq!(bytes(&mut chip, 4, 0, 0), [0, 1], "the door is closed");
    assert_eq!(bytes(&mut chip, 4, 1, 0), [0, 0], "no water");
    assert_eq!(bytes(&mut chip, 3, 0, 1), [1, 0], "driving it is refused");
}

#[test]
fn an_output_has_its_level_with_its_direction_and_falls_when_it_is_released() {
    let mut chip = chip();
    // The kernel sets the level first, so that nothing flickers.
    assert!(!ask(&mut chip, 5, 2, 1).outputs_changed);
    assert_eq!(chip.outputs(), 0);
    assert!(ask(&mut chip, 3, 2, 1).outputs_changed);
    assert_eq!(chip.outputs(), 0b01);
    ask(&mut chip, 3, 3, 1);
    assert!(ask(&mut chip, 5, 3, 1).outputs_changed);
    assert_eq!(chip.outputs(), 0b11);
    assert_eq!(bytes(&mut chip, 4, 3, 0), [0, 1]);
    assert!(
        ask(&mut chip, 3, 2, 0).outputs_changed,
        "released with its process"
    );
    assert_eq!(chip.outputs(), 0b10);
    ask(&mut chip, 3, 2, 1);
    assert_eq!(chip.outputs(), 0b10, "what was commanded before is forgotten");
}

#[test]
fn nonsense_is_refused() {
    let mut chip = chip();
    for (kind, line, value) in [
        (0, 0, 0),
        (7, 0, 0),
        (2, 4, 0),
        (3, 2, 3),
        (5, 2, 2),
        (6, 0, 5),
        (6, 0, 16),
    ] {
        assert_eq!(
            bytes(&mut chip, kind, line, value),
            [1, 0],
            "{kind} {line} {value}"
        );
    }
    assert_eq!(
        chip.request([4, 0, 0, 1, 0, 0, 0, 0]).bytes,
        [1, 0],
        "line 256 is not line 0"
    );
    let many: Vec<String> = (0..=LINES_MAX).map(|line| line.to_string()).collect();
    assert!(Chip::new(&many, &[], 0).is_none());
}

#[test]
fn an_edge_fires_the_interrupt_that_waits_for_it_and_masks_it() {
    let mut chip = chip();
    assert_eq!(bytes(&mut chip, 6, 0, 3), [0, 0], "both edges");
    assert_eq!(chip.unmask(0), None);
    assert_eq!(chip.levels(0b00), [0], "the door opens");
    assert!(chip.levels(0b01).is_empty(), "masked: it is kept");
    assert_eq!(chip.unmask(0), Some(Interrupt::Valid));
    assert_eq!(chip.unmask(0), None, "told once");
    assert_eq!(chip.levels(0b00), [0]);
}

#[test]
fn an_edge_that_nobody_wants_is_none() {
    let mut chip = chip();
    assert_eq!(
        chip.unmask(0),
        Some(Interrupt::Invalid),
        "unmasked before it is on"
    );
    ask(&mut chip, 6, 0, 1);
    assert_eq!(chip.unmask(0), None);
    assert!(chip.levels(0b10).is_empty(), "falling, and rising is wanted");
    assert_eq!(chip.levels(0b11), [0]);
    chip.levels(0b00);
    chip.levels(0b01);
    let off = ask(&mut chip, 6, 0, 0);
    assert_eq!(off.switched_off, Some(0));
    ask(&mut chip, 6, 0, 1);
    assert_eq!(
        chip.unmask(0),
        None,
        "what was kept is forgotten when it is switched off"
    );
}

#[test]
fn a_level_fires_whenever_it_is_unmasked() {
    let mut chip = chip();
    ask(&mut chip, 6, 1, 4);
    assert_eq!(chip.unmask(1), None, "no water");
    assert_eq!(chip.levels(0b11), [1]);
    assert_eq!(chip.unmask(1), Some(Interrupt::Valid), "still water");
    chip.levels(0b01);
    assert_eq!(chip.unmask(1), None);
    assert_eq!(chip.unmask(9), Some(Interrupt::Invalid), "no such line");
}

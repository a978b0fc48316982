//! The decoder: its phases agree with each other, and its file is what it was made of, or is refused.

use kernels::{
    Case,
    batch::{Batch, Mode},
    decode_bitnet::model::input,
    kernel::FileFormat,
    operands::{Arena, Operands},
    registry,
};
use platforms::isa;

const SEED: u64 = 42;

/// The cases of a shape, one for each variant that this CPU has.
fn cases(shape: &str) -> Vec<Case> {
    let kernel = registry::kernel("decode_bitnet").expect("the registry has it");
    let here = kernel.variants.iter().filter(|variant| isa::detected().contains(variant.isa));
    here.map(|variant| Case::new(kernel, variant.isa, shape.parse().unwrap()).unwrap()).collect()
}

/// The logits that a case gives for these tokens, where there are any, and other inputs that `change` makes.
fn logits(case: &Case, tokens: Option<&[u32]>, change: impl Fn(&mut Operands<'_>)) -> Vec<f32> {
    let mut arena = Arena::new(case.layout().arena_bytes());
    arena.bytes_mut().fill(0xff);
    let mut bench = case.bind(arena.bytes_mut(), SEED);
    if let Some(tokens) = tokens {
        bench.operands_mut().input_mut(input::TOKENS).copy_from_slice(tokens);
    }
    change(bench.operands_mut());
    bench.run_whole();
    bytemuck::cast_slice(bench.operands().output()).to_vec()
}

/// The tokens that a case is fed.
fn tokens(case: &Case) -> Vec<u32> {
    let mut arena = Arena::new(case.layout().arena_bytes());
    let bench = case.bind(arena.bytes_mut(), SEED);
    bench.operands().input(input::TOKENS).to_vec()
}

#[test]
fn token_by_token_gives_the_logits_of_all_tokens_at_once() {
    for decode in cases("tiny_decode4") {
        let all = tokens(&decode);
        let rows = logits(&decode, None, |_| ());
        for (position, row) in rows.chunks(rows.len() / 4).enumerate() {
            let fed = &all[..=64 + position];
            let shape = format!("tiny_prefill{}", fed.len());
            let prefill = cases(&shape).into_iter().find(|case| case.isa() == decode.isa()).unwrap();
            // The same operations in the same order, but for the sums of the heads, of which there are as many.
            assert_eq!(logits(&prefill, Some(fed), |_| ()), row, "{decode}, token {position}");
        }
    }
}

#[test]
fn decoding_begins_anew_behind_its_last_token() {
    for case in cases("tiny_decode4") {
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), SEED);
        bench.run_whole();
        let first = bench.operands().output().to_vec();
        bench.run(Batch { iterations: 3, mode: Mode::Independent });
        bench.poison(0xff);
        bench.run_whole();
        assert_eq!(bench.operands().output(), first, "{case}");
    }
}

#[test]
fn a_token_depends_on_those_before_it_and_on_no_later_one() {
    for case in cases("tiny_decode4") {
        let right = logits(&case, None, |_| ());
        let changed = |place: usize| {
            logits(&case, None, |operands| {
                let token = &mut operands.input_mut::<u32>(input::TOKENS)[place];
                *token = (*token + 1) % 320;
            })
        };
        let row = right.len() / 4;
        assert_eq!(changed(66)[..2 * row], right[..2 * row], "{case}");
        assert_ne!(changed(66)[2 * row..3 * row], right[2 * row..3 * row], "{case}");
        assert_ne!(changed(0)[..row], right[..row], "{case}");
    }
}

/// Every variant sees that a byte of the input was changed.
#[track_caller]
fn check_seen(shape: &str, input: usize, byte: usize) {
    for case in cases(shape) {
        let mut arena = Arena::new(case.layout().arena_bytes());
        let mut bench = case.bind(arena.bytes_mut(), SEED);
        let right = bench.reference();
        let changed = &mut bench.operands_mut().input_mut::<u8>(input)[byte];
        *changed = if *changed == 0 { 0b01_00_00_00 } else { 0 };
        bench.run_whole();
        let output: &[f32] = bytemuck::cast_slice(bench.operands().output());
        let exact = (0..output.len()).all(|index| {
            right.expected(index).is_some_and(|(value, _)| (f64::from(output[index]) - value).abs() < 1e-4)
        });
        assert!(!exact, "{case}: byte {byte} of input {input}");
    }
}

#[test]
fn a_wrong_byte_of_the_weights_is_seen() {
    // Of the first and the last matrix of a block, and the last of all.
    for byte in [0, 4095, 37_000, 73_727] {
        check_seen("tiny_load", input::WEIGHTS, byte);
    }
}

#[test]
fn a_wrong_scale_is_seen() {
    check_seen("tiny_load", input::SCALES, 3);
    check_seen("tiny_load", input::SCALES, 4 * 13 + 3);
    check_seen("tiny_decode4", input::SCALES, 3);
}

#[test]
fn wrong_norms_and_a_wrong_embedding_are_seen() {
    check_seen("tiny_prefill8", input::NORMS, 3);
    check_seen("tiny_prefill8", input::EMBEDDING, 1);
}

/// A model of which a file is made, and the file.
struct Model {
    case: Case,
    arena: Arena,
}

impl Model {
    fn tiny() -> Self {
        let case: Case = "decode_bitnet/scalar/tiny_load".parse().unwrap();
        let arena = Arena::new(case.layout().arena_bytes());
        Self { case, arena }
    }

    fn format(&self) -> FileFormat {
        self.case.file().expect("loading begins with a file")
    }

    fn file(&mut self) -> Vec<u8> {
        let format = self.format();
        self.case.bind(self.arena.bytes_mut(), SEED).write(format)
    }

    /// What is said of a file.
    fn read(&mut self, bytes: &[u8]) -> Result<(), String> {
        let format = self.format();
        self.case.bind(self.arena.bytes_mut(), SEED).read(format, bytes)
    }
}

#[test]
fn a_model_comes_back_from_its_file_as_it_was() {
    let mut model = Model::tiny();
    let bytes = model.file();
    let format = model.format();
    let Model { case, arena } = &mut model;
    let written: Vec<Vec<u8>> =
        case.bind(arena.bytes_mut(), SEED).operands().input_bytes().map(<[u8]>::to_vec).collect();
    let mut bench = case.bind(arena.bytes_mut(), SEED);
    for tensor in [input::EMBEDDING, input::NORMS, input::WEIGHTS, input::SCALES] {
        bench.operands_mut().input_mut::<u8>(tensor).fill(0xff);
    }
    bench.read(format, &bytes).unwrap();
    let read: Vec<Vec<u8>> = bench.operands().input_bytes().map(<[u8]>::to_vec).collect();
    assert_eq!(read, written);
}

#[test]
fn only_loading_begins_with_a_file() {
    for shape in ["tiny_prefill8", "tiny_decode4"] {
        assert!(cases(shape).iter().all(|case| case.file().is_none()));
    }
}

/// What is said of the file of a model in whose header something was replaced by as many characters.
#[track_caller]
fn check_refused(from: &str, to: &str, message: &str) {
    let mut model = Model::tiny();
    let mut bytes = model.file();
    assert_eq!(from.len(), to.len());
    let place = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let place = place.unwrap_or_else(|| panic!("the header has {from}"));
    bytes[place..][..to.len()].copy_from_slice(to.as_bytes());
    assert_eq!(model.read(&bytes).unwrap_err(), message);
}

#[test]
fn a_file_without_one_of_the_tensors_is_refused_by_its_name() {
    check_refused(
        "blocks.1.attention.q.weight",
        "blocks.9.attention.q.weight",
        "the tensor blocks.1.attention.q.weight is missing",
    );
}

#[test]
fn a_tensor_of_another_type_is_refused_by_its_name() {
    check_refused(
        r#""embedding.weight":{"dtype":"F16""#,
        r#""embedding.weight":{"dtype":"I16""#,
        "the tensor embedding.weight is of I16, expected F16",
    );
}

#[test]
fn a_tensor_of_another_shape_is_refused_by_its_name() {
    check_refused(
        r#""embedding.weight":{"dtype":"F16","shape":[320,128]"#,
        r#""embedding.weight":{"dtype":"F16","shape":[128,320]"#,
        "the tensor embedding.weight has the shape [128, 320], expected [320, 128]",
    );
}

#[test]
fn a_model_of_other_dimensions_is_refused() {
    check_refused(" heads=4", " heads=8", "heads is 8, expected 4");
    check_refused("kv_heads=", "kv_HEADS=", "kv_heads is missing");
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let mut model = Model::tiny();
    let bytes = model.file();
    let message = model.read(&bytes[..bytes.len() - 1]).unwrap_err();
    assert!(message.contains("cut off"), "{message}");
    for length in [0, 7, 8, 100] {
        let message = model.read(&bytes[..length]).unwrap_err();
        assert!(message.starts_with("it is no file of safetensors"), "{message}");
    }
}

#[test]
fn a_refused_file_changes_nothing() {
    let mut model = Model::tiny();
    let mut bytes = model.file();
    let place = bytes.windows(8).position(|window| window == b"norm.wei").unwrap();
    bytes[place] = b'N';
    let format = model.format();
    let Model { case, arena } = &mut model;
    let mut bench = case.bind(arena.bytes_mut(), SEED + 1);
    let before: Vec<Vec<u8>> = bench.operands().input_bytes().map(<[u8]>::to_vec).collect();
    bench.read(format, &bytes).unwrap_err();
    assert!(bench.operands().input_bytes().eq(before.iter().map(Vec::as_slice)));
}

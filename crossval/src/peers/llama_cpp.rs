//! llama.cpp, as the crate `llama-cpp-sys-2` carries it, on the tensors of `ggml`.
//!
//! It reads models from files alone, so ours is written to one, as its own users have it: weights of `TQ2_0` with their
//! scales in the blocks, and a head of half precision. What it does once (reading the file, the context that is decoded
//! behind) is done beforehand. Keys and values are kept in the type that is faster: f32 for a token, where half precision
//! takes 2 to 5 % longer, and half precision for many at once, where f32 takes 10 % longer.

use std::{
    ffi::{CStr, CString, c_char, c_void},
    io::{self, BufWriter, Write},
    path::Path,
    ptr, slice,
    sync::Once,
};

use kernels::{
    decode_bitnet::model::{CONTEXT, Model, Phase, Tensors},
    operands::Inputs,
    shape::Shape,
};
use llama_cpp_sys_2 as sys;
use tempfile::NamedTempFile;

use super::{Library, ggml};
use crate::{
    gguf,
    peer::{Call, Closeness, Peer},
};

pub(super) const LIBRARY: Library = Library {
    name: "llama-cpp",
    version: ggml::version,
    peers: &[Peer {
        kernel: "decode_bitnet",
        call: "llama_decode of a model of TQ2_0",
        closeness: Closeness::Looser {
            relative: 0.0,
            absolute: 0.75,
            reason: "it quantises activations in blocks of 256 and not a token's whole row, and what the head is \
                     multiplied by is rounded to half precision",
        },
        prepare,
    }],
};

fn prepare<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (model, phase) = Model::of(shape)?;
    if !ggml::runs_here() {
        return None;
    }
    let tensors = Tensors::of(model, inputs);
    let tokens: Vec<sys::llama_token> =
        tensors.tokens.iter().map(|&token| token.try_into()).collect::<Result<_, _>>().ok()?;
    match phase {
        // It reads a file, and ours is timed from memory.
        Phase::Load => None,
        Phase::Prefill(_) => {
            let session = Session::of(&tensors, sys::GGML_TYPE_F16)?;
            Some(Box::new(Prefill { session, tokens }))
        }
        Phase::Decode(_) => {
            let mut session = Session::of(&tensors, sys::GGML_TYPE_F32)?;
            let (context, tokens) = tokens.split_at(CONTEXT);
            session.decode(&mut context.to_vec());
            Some(Box::new(Decode { session, tokens: tokens.to_vec(), next: 0 }))
        }
    }
}

/// All tokens at once, from an empty cache.
struct Prefill {
    session: Session,
    tokens: Vec<sys::llama_token>,
}

impl Call for Prefill {
    fn run(&mut self, iterations: u64, output: &mut [f32]) {
        for _ in 0..iterations {
            self.session.forget_from(0);
            self.session.decode(&mut self.tokens);
            output.copy_from_slice(self.session.logits());
        }
    }
}

/// A token a call, behind the context; after the last of them the first one again.
struct Decode {
    session: Session,
    tokens: Vec<sys::llama_token>,
    next: usize,
}

impl Call for Decode {
    fn run(&mut self, iterations: u64, output: &mut [f32]) {
        for _ in 0..iterations {
            if self.next == 0 {
                self.session.forget_from(CONTEXT);
            }
            self.session.decode(&mut self.tokens[self.next..=self.next]);
            let logits = self.session.logits();
            output[self.next * logits.len()..][..logits.len()].copy_from_slice(logits);
            self.next = (self.next + 1) % self.tokens.len();
        }
    }
}

/// A model, and what it remembers of the tokens it was given.
struct Session {
    model: *mut sys::llama_model,
    context: *mut sys::llama_context,
    vocabulary: usize,
}

impl Session {
    /// For its tokens, with keys and values of the type `cache`; `None` where it has no such model, or there is no room for its
    /// file.
    ///
    /// # Panics
    ///
    /// When llama.cpp does not take the file.
    fn of(tensors: &Tensors<'_>, cache: sys::ggml_type) -> Option<Self> {
        begin();
        let file = gguf::file(tensors)?;
        let file = written(&file).inspect_err(|error| tracing::warn!("a file for llama.cpp's model: {error}")).ok()?;
        let model = loaded(file.path());
        let params = context_params(u32::try_from(tensors.tokens.len()).ok()?, cache);
        // SAFETY: the model is alive.
        let context = unsafe { sys::llama_init_from_model(model, params) };
        assert!(!context.is_null(), "llama.cpp makes a context for its model");
        Some(Self { model, context, vocabulary: tensors.model.vocabulary })
    }

    /// Feeds the tokens, behind those that it remembers; of the last one there are logits.
    fn decode(&mut self, tokens: &mut [sys::llama_token]) {
        let count = i32::try_from(tokens.len()).expect("a call has a few tokens");
        // SAFETY: it only puts them into a struct.
        let batch = unsafe { sys::llama_batch_get_one(tokens.as_mut_ptr(), count) };
        // SAFETY: the context is alive, and so are the tokens, which are only read.
        let status = unsafe { sys::llama_decode(self.context, batch) };
        assert_eq!(status, 0, "llama.cpp decodes {count} tokens");
    }

    /// Forgets all tokens from this position on.
    fn forget_from(&mut self, position: usize) {
        let position = i32::try_from(position).expect("positions are small");
        // SAFETY: the context is alive.
        let memory = unsafe { sys::llama_get_memory(self.context) };
        // Of the first and only sequence, up to its end.
        // SAFETY: it is the memory of a context that is alive.
        let is_done = unsafe { sys::llama_memory_seq_rm(memory, 0, position, -1) };
        assert!(is_done, "a cache of tokens can be cut anywhere");
    }

    /// Of the last token that was fed.
    fn logits(&self) -> &[f32] {
        // SAFETY: the context is alive, and has decoded something.
        let logits = unsafe { sys::llama_get_logits_ith(self.context, -1) };
        assert!(!logits.is_null(), "there are logits of the last token");
        // SAFETY: there are as many as the model has tokens, and they stay until more is decoded, which takes `&mut`.
        unsafe { slice::from_raw_parts(logits, self.vocabulary) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nobody else has it.
        unsafe { sys::llama_free(self.context) };
        // SAFETY: it is ours, and its only context is gone.
        unsafe { sys::llama_model_free(self.model) };
    }
}

/// What a process does once.
fn begin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the function is there for as long as the process.
        unsafe { sys::llama_log_set(Some(say), ptr::null_mut()) };
        // SAFETY: it is called once.
        unsafe { sys::llama_backend_init() };
    });
}

/// Of all that llama.cpp tells, its errors.
unsafe extern "C" fn say(level: sys::ggml_log_level, text: *const c_char, _: *mut c_void) {
    if level == sys::GGML_LOG_LEVEL_ERROR && !text.is_null() {
        // SAFETY: it is a string that ends in 0, and there for the call.
        let text = unsafe { CStr::from_ptr(text) };
        tracing::error!("llama.cpp: {}", text.to_string_lossy().trim_end());
    }
}

fn written(file: &gguf::File<'_>) -> io::Result<NamedTempFile> {
    let mut to = BufWriter::new(NamedTempFile::new()?);
    file.write(&mut to)?;
    to.flush()?;
    Ok(to.into_inner()?)
}

/// The model in the file, read into memory: the file may go.
fn loaded(path: &Path) -> *mut sys::llama_model {
    let path = CString::new(path.as_os_str().as_encoded_bytes()).expect("a path has no 0");
    // SAFETY: it gives a struct.
    let mut params = unsafe { sys::llama_model_default_params() };
    params.load_mode = sys::LLAMA_LOAD_MODE_NONE;
    params.n_gpu_layers = 0;
    // SAFETY: the path is a string that ends in 0, and the params point at nothing.
    let model = unsafe { sys::llama_model_load_from_file(path.as_ptr(), params) };
    assert!(!model.is_null(), "llama.cpp takes a model that has all it asks for");
    model
}

/// One thread, all tokens in one piece. Its flash attention takes longer here: 5 to 40 % of a token of the large model.
fn context_params(tokens_most: u32, cache: sys::ggml_type) -> sys::llama_context_params {
    // SAFETY: it gives a struct.
    let mut params = unsafe { sys::llama_context_default_params() };
    params.n_ctx = tokens_most;
    params.n_batch = tokens_most;
    params.n_ubatch = tokens_most;
    params.n_threads = 1;
    params.n_threads_batch = 1;
    params.no_perf = true;
    params.flash_attn_type = sys::LLAMA_FLASH_ATTN_TYPE_DISABLED;
    (params.type_k, params.type_v) = (cache, cache);
    params
}

// Phases of inference with a ternary decoder: the formula in double, position by position; the activations of the linear layers
// rounded half to even, their sums in 64-bit integers.
#include "reference.h"
#include "ternary.h"

#include <cmath>
#include <vector>

namespace {

typedef std::vector<double> Vector;

struct Model {
    std::size_t width, layers, heads, kv_heads, feed_forward;
    bool is_silu;
    std::size_t vocabulary, context, tokens, phase;
    const std::uint32_t *fed;
    const std::uint16_t *embedding;
    const float *norms;
    const std::uint8_t *weights;
    const float *scales;

    explicit Model(const void *const *inputs)
        : fed(input<std::uint32_t>(inputs, 1)), embedding(input<std::uint16_t>(inputs, 2)), norms(input<float>(inputs, 3)),
          weights(input<std::uint8_t>(inputs, 4)), scales(input<float>(inputs, 5)) {
        const std::uint32_t *dimensions = input<std::uint32_t>(inputs, 0);
        width = dimensions[0];
        layers = dimensions[1];
        heads = dimensions[2];
        kv_heads = dimensions[3];
        feed_forward = dimensions[4];
        is_silu = dimensions[5] == 1;
        vocabulary = dimensions[6];
        context = dimensions[7];
        tokens = dimensions[8];
        phase = dimensions[9];
    }
    std::size_t head_width() const { return width / heads; }
};

double half_to_double(std::uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double sign = bits >> 15 ? -1.0 : 1.0;
    if (exponent == 31) return fraction ? std::nan("") : sign * INFINITY;
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

// The place of a matrix or a norm: they stand in the order in which they are taken.
struct Cursor {
    const float *norm;
    const std::uint8_t *weights;
    const float *scale;
};

struct Linear {
    std::size_t rows, columns;
    const std::uint8_t *weights;
    float scale;

    Linear(Cursor &cursor, std::size_t rows, std::size_t columns)
        : rows(rows), columns(columns), weights(cursor.weights), scale(*cursor.scale++) {
        cursor.weights += rows * columns / 4;
    }
    int weight(std::size_t i, std::size_t j) const { return ternary_weight(weights + i * (columns / 4), j); }
    // The rows unpacked once, for all positions.
    std::vector<Vector> operator()(const std::vector<std::vector<int>> &codes, const Vector &scales) const {
        std::vector<Vector> y(codes.size(), Vector(rows));
        std::vector<int> row(columns);
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < columns; ++j) row[j] = weight(i, j);
            for (std::size_t t = 0; t < codes.size(); ++t) {
                std::int64_t sum = 0;
                for (std::size_t j = 0; j < columns; ++j) sum += row[j] * codes[t][j];
                y[t][i] = static_cast<double>(sum) / scales[t] * static_cast<double>(scale);
            }
        }
        return y;
    }
};

Vector normalised(const Vector &x, const float *weights) {
    double squares = 0;
    for (double element : x) squares += element * element;
    const double root = std::sqrt(squares / static_cast<double>(x.size()) + static_cast<double>(1e-5f));
    Vector y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] / root * static_cast<double>(weights[i]);
    return y;
}

// Norm and rounding of all positions.
struct Activations {
    std::vector<std::vector<int>> codes;
    Vector scales;

    Activations(const std::vector<Vector> &x, Cursor &cursor) {
        for (const Vector &state : x) {
            const Vector h = normalised(state, cursor.norm);
            double largest = 0;
            // A NaN stays: a comparison with it is false.
            for (double element : h)
                if (std::isnan(element) || std::fabs(element) > largest) largest = std::fabs(element);
            scales.push_back(127.0 / largest);
            std::vector<int> rounded;
            for (double element : h) {
                const double code = std::nearbyint(element * scales.back());
                rounded.push_back(std::isnan(code) ? 0 : static_cast<int>(code));
            }
            codes.push_back(rounded);
        }
        cursor.norm += x[0].size();
    }
};

void rotate(Vector &x, std::size_t position, std::size_t head_width) {
    const std::size_t half = head_width / 2;
    for (std::size_t start = 0; start < x.size(); start += head_width) {
        for (std::size_t pair = 0; pair < half; ++pair) {
            const double exponent = -2.0 * static_cast<double>(pair) / static_cast<double>(head_width);
            const double angle = static_cast<double>(position) * std::pow(10000.0, exponent);
            double &first = x[start + pair], &second = x[start + half + pair];
            const double turned = first * std::cos(angle) - second * std::sin(angle);
            second = second * std::cos(angle) + first * std::sin(angle);
            first = turned;
        }
    }
}

Vector attended(const Model &model, const Vector &q, const std::vector<Vector> &k, const std::vector<Vector> &v,
                std::size_t position) {
    const std::size_t d = model.head_width(), group = model.heads / model.kv_heads;
    Vector seen(q.size());
    for (std::size_t head = 0; head < model.heads; ++head) {
        const std::size_t from = head / group * d;
        Vector power(position + 1);
        double largest = -INFINITY, sum = 0;
        for (std::size_t p = 0; p <= position; ++p) {
            double score = 0;
            for (std::size_t i = 0; i < d; ++i) score += q[head * d + i] * k[p][from + i];
            power[p] = score / std::sqrt(static_cast<double>(d));
            largest = std::fmax(largest, power[p]);
        }
        for (double &element : power) sum += element = std::exp(element - largest);
        for (std::size_t p = 0; p <= position; ++p)
            for (std::size_t i = 0; i < d; ++i) seen[head * d + i] += power[p] / sum * v[p][from + i];
    }
    return seen;
}

void add(std::vector<Vector> &x, const std::vector<Vector> &y) {
    for (std::size_t t = 0; t < x.size(); ++t)
        for (std::size_t i = 0; i < x[t].size(); ++i) x[t][i] += y[t][i];
}

double activation(const Model &model, double gate) {
    if (model.is_silu) return gate / (1 + std::exp(-gate));
    const double positive = std::fmax(gate, 0.0);
    return positive * positive;
}

void block(const Model &model, Cursor &cursor, std::vector<Vector> &x) {
    const std::size_t width = model.width, kv_width = model.kv_heads * model.head_width();
    const Linear q_of(cursor, width, width), k_of(cursor, kv_width, width), v_of(cursor, kv_width, width);
    const Linear output(cursor, width, width), gate_of(cursor, model.feed_forward, width);
    const Linear up_of(cursor, model.feed_forward, width), down(cursor, width, model.feed_forward);

    const Activations in(x, cursor);
    std::vector<Vector> q = q_of(in.codes, in.scales), k = k_of(in.codes, in.scales);
    const std::vector<Vector> v = v_of(in.codes, in.scales);
    std::vector<Vector> seen;
    for (std::size_t t = 0; t < x.size(); ++t) {
        rotate(q[t], t, model.head_width());
        rotate(k[t], t, model.head_width());
        seen.push_back(attended(model, q[t], k, v, t));
    }
    const Activations out(seen, cursor);
    add(x, output(out.codes, out.scales));

    const Activations middle(x, cursor);
    std::vector<Vector> gated = gate_of(middle.codes, middle.scales);
    const std::vector<Vector> up = up_of(middle.codes, middle.scales);
    for (std::size_t t = 0; t < x.size(); ++t)
        for (std::size_t i = 0; i < model.feed_forward; ++i) gated[t][i] = activation(model, gated[t][i]) * up[t][i];
    const Activations last(gated, cursor);
    add(x, down(last.codes, last.scales));
}

// What is read back of a loaded model: the product of each matrix and a probe, with the two roundings of `gemv_i2s`.
void read_back(const Model &model, double *y) {
    Cursor cursor = {model.norms, model.weights, model.scales};
    const std::size_t width = model.width, kv_width = model.kv_heads * model.head_width(), middle = model.feed_forward;
    const std::size_t extents[7][2] = {{width, width},  {kv_width, width}, {kv_width, width}, {width, width},
                                       {middle, width}, {middle, width},   {width, middle}};
    for (std::size_t layer = 0; layer < model.layers; ++layer) {
        for (const auto &extent : extents) {
            const Linear linear(cursor, extent[0], extent[1]);
            for (std::size_t i = 0; i < linear.rows; ++i) {
                std::int64_t sum = 0;
                for (std::size_t j = 0; j < linear.columns; ++j) {
                    const int magnitude = static_cast<int>(37 * j % 127 + 1);
                    sum += linear.weight(i, j) * (j / 3 % 2 == 0 ? magnitude : -magnitude);
                }
                *y++ = static_cast<double>(static_cast<float>(sum) * linear.scale);
            }
        }
    }
}

}  // namespace

REFERENCE(decode_bitnet) {
    (void)extents;
    const Model model(inputs);
    double *y = static_cast<double *>(output);
    if (model.phase == 0) return read_back(model, y);
    std::vector<Vector> x;
    for (std::size_t t = 0; t < model.context + model.tokens; ++t) {
        Vector state;
        for (std::size_t i = 0; i < model.width; ++i)
            state.push_back(half_to_double(model.embedding[model.fed[t] * model.width + i]));
        x.push_back(state);
    }
    Cursor cursor = {model.norms, model.weights, model.scales};
    for (std::size_t layer = 0; layer < model.layers; ++layer) block(model, cursor, x);
    const std::size_t first = model.phase == 1 ? x.size() - 1 : model.context;
    for (std::size_t t = first; t < x.size(); ++t) {
        const Vector h = normalised(x[t], cursor.norm);
        for (std::size_t token = 0; token < model.vocabulary; ++token) {
            double logit = 0;
            for (std::size_t i = 0; i < model.width; ++i) logit += half_to_double(model.embedding[token * model.width + i]) * h[i];
            *y++ = logit;
        }
    }
}

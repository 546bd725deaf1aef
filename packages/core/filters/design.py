#!/usr/bin/env python3
"""Designs the resampler's filters and writes them into src/dsp/generated/filters.ts. Needs numpy and scipy; run it by hand when a specification changes.

A filter of the profiles "low-latency" and "strict" is a product: a finite response P, given in time units of the lower of two rates and sampled eight times per
unit, from which the taps of every rate pair are interpolated, and a short recursion R that runs at the lower rate itself. R may repeat P's stop band (its gain has
the period of the lower rate), so it can do what is costly for P: rise towards the band edge, where P then falls early and slowly, and, for "strict", notch the last
7 % below the Nyquist frequency. Frequencies are in units of the lower Nyquist frequency.

P contains the mean over one frame of the lower rate, whose zeros lie where images of low frequencies fall, and is otherwise the best one for a given R: the squared gain is linear in P's autocorrelation, so the least maximum error is found by iteratively reweighted least squares
(Burrus, Barreto and Selesnick, "Iterative reweighted least-squares design of FIR filters", IEEE Trans. Signal Processing 42, 1994); the minimum-phase response with
that autocorrelation comes from its cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, 13.5.4). R's poles and zeros come from a simplex search over
P's error, `design.py --search PROFILE`, whose results stand below. The linear-phase filters are minimax designs of the same kind, without R.
"""
import sys
from pathlib import Path

import numpy as np
from scipy.linalg import lstsq
from scipy.optimize import minimize
from scipy.signal import lfilter

OVERSAMPLING = 8
ORDER = 7
PASS_BAND = 0.932
OUTPUT = Path(__file__).resolve().parent.parent / "src/dsp/generated/filters.ts"


def images(level, edge, odd=-118.0):
    """A stop band that falls by 6 dB per octave, so that the sum of many images stays small."""

    def levels(f):
        # Around odd frequencies, where a recursion's poles come round again, the limit of what can be had is higher.
        near = np.abs(f - 1 - 2 * np.round((f - 1) / 2)) < 0.3
        return np.maximum(level - 6 * np.log2(f / edge), np.where(near, odd, -118.0))

    return levels


LOW_LATENCY = dict(
    periods=23.25,
    stop_band=1.1,
    ripple=0.0015,
    stop=images(-102, 1.1, -117.0),
    pole_pairs=2,
    notches=0,
    zero_pairs=1,
    most_noise_gain=13,
    most_radius=0.9,
    parameters=[1.05239, 2.61139, -0.06807, -0.70902, 0.34252, 0.37399],
)

STRICT = dict(
    periods=51.25,
    stop_band=1.0,
    ripple=0.004,
    stop=lambda f: np.where(f < 1.095, -103.0, images(-108, 1.1, -116.5)(f)),
    pole_pairs=3,
    notches=2,
    zero_pairs=1,
    most_noise_gain=15,
    most_radius=0.975,
    parameters=[1.83005, 2.39016, 1.63021, 2.45091, 0.26075, 1.64476, 0.00658, 3.36636, 0.40573, 0.12044],
)

LINEAR = dict(half_periods=27.625, stop_band=1.1, ripple=0.002, stop=images(-102, 1.1))

HALF_BAND = dict(pairs=32, edge=0.9)


# ---- recursion ----


def stable_pair(a, b):
    """Any two numbers as 1 + a1 z^-1 + a2 z^-2 with roots inside the unit circle, by its reflection coefficients."""
    a2, k1 = np.tanh(a), np.tanh(b)
    return k1 * (1 + a2), a2


def notch(x):
    """Any number as a pair of zeros on the unit circle, between 0.9 and 1."""
    return -2 * np.cos(np.pi * (0.9 + 0.1 / (1 + np.exp(-x)))), 1.0


def recursion_of(spec, x):
    p, n = 2 * spec["pole_pairs"], spec["notches"]
    poles = [stable_pair(x[k], x[k + 1]) for k in range(0, p, 2)]
    zeros = [notch(v) for v in x[p : p + n]] + [stable_pair(x[k], x[k + 1]) for k in range(p + n, len(x), 2)]
    return poles, zeros


def polynomial(pairs):
    """Coefficients from z^0 on, with the gain 1 at 0 Hz."""
    result = np.ones(1)
    for a1, a2 in pairs:
        result = np.convolve(result, [1, a1, a2])
    return result / result.sum()


def power_gain(poles, zeros, f):
    z = np.exp(-1j * np.pi * np.asarray(f))
    return np.abs(np.polyval(polynomial(zeros)[::-1], z) / np.polyval(polynomial(poles)[::-1], z)) ** 2


def noise_gain(poles, zeros):
    """Power gain for white noise, in dB: what rounding at the FIR filter's output is amplified by."""
    return 10 * np.log10(np.mean(power_gain(poles, zeros, np.linspace(0, 1, 20001))))


# ---- finite response ----


def minimax(matrix, wanted, tolerance, rounds=80):
    """x with the least maximum of |matrix x - wanted| / tolerance, and that maximum."""
    a, d = matrix / tolerance[:, None], wanted / tolerance
    scale = np.sqrt((a * a).sum(0))
    a = a / scale
    x = lstsq(a, d, lapack_driver="gelsy")[0]
    power, best = 2.0, (np.inf, x)
    for _ in range(rounds):
        error = np.abs(a @ x - d)
        if error.max() < best[0]:
            best = error.max(), x
        power = min(60.0, power * 1.25)
        weight = np.maximum((error / error.max() + 1e-9) ** ((power - 2) / 2), 1e-7)
        step = 1 / (power - 1)
        x = step * lstsq(a * weight[:, None], d * weight, lapack_driver="gelsy")[0] + (1 - step) * x
    return best[1] / scale, best[0]


def frequencies(stop_band, last):
    pass_band = PASS_BAND * np.sin(np.linspace(0, np.pi / 2, 150))
    # Dense where the stop band begins, and where a recursion's poles come round again.
    around = [odd + 0.12 * np.linspace(-1, 1, 161) for odd in range(1, int(last), 2)]
    stop = np.concatenate([np.linspace(stop_band, last, 800), stop_band + 0.5 * np.linspace(0, 1, 150) ** 2, *around])
    return pass_band, np.unique(stop[stop >= stop_band])


def box_gain(f, oversampling):
    """Power gain of the mean over one frame of the lower rate."""
    f = np.maximum(np.abs(f), 1e-9)
    return (np.sin(np.pi * f / 2) / (oversampling * np.sin(np.pi * f / 2 / oversampling))) ** 2


def autocorrelation(spec, poles, zeros, oversampling):
    """Autocorrelation of P but for the mean, for the recursion, and by how much the stop band misses its level, as a power ratio."""
    pass_band, stop = frequencies(spec["stop_band"], oversampling)
    f = np.concatenate([pass_band, stop])
    cosines = 2 * np.cos(np.pi / oversampling * np.outer(f, np.arange(round((spec["periods"] - 1) * oversampling) + 1)))
    cosines[:, 0] = 1
    # Half the level, give or take as much; less where the mean leaves little anyway, so that the rest of P stays positive there too.
    level = 10 ** (spec["stop"](stop) / 10) * np.minimum(1, 20 * box_gain(stop, oversampling) + 1e-9)
    wanted = np.concatenate([np.ones(len(pass_band)), level / 2])
    tolerance = np.concatenate([np.full(len(pass_band), 2 * spec["ripple"]), level / 2])
    r, error = minimax(cosines * (power_gain(poles, zeros, f) * box_gain(f, oversampling))[:, None], wanted, tolerance)
    return r, (error + 1) / 2


def minimum_phase(r, size=1 << 18):
    """The sequence with autocorrelation `r` whose energy comes earliest."""
    spectrum = np.zeros(size)
    spectrum[: len(r)] = r
    spectrum[-len(r) + 1 :] = r[:0:-1]
    power = np.fft.fft(spectrum).real
    cepstrum = np.fft.ifft(0.5 * np.log(np.maximum(power, power.max() * 1e-15))).real
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    return np.fft.ifft(np.exp(np.fft.fft(cepstrum))).real[: len(r)]


def linear_phase(spec):
    """The first half of the symmetric response, middle included, and the error over the specification."""
    # The mean over one frame, on an odd number of samples; as above, it leaves little where images of low frequencies fall.
    mean = np.array([0.5] + [1] * (OVERSAMPLING - 1) + [0.5]) / OVERSAMPLING
    side = OVERSAMPLING // 2
    pass_band, stop = frequencies(spec["stop_band"], OVERSAMPLING)
    f = np.concatenate([pass_band, stop])
    gain = sum(tap * np.cos(np.pi * f / OVERSAMPLING * (k - side)) for k, tap in enumerate(mean))
    cosines = 2 * np.cos(np.pi / OVERSAMPLING * np.outer(f, np.arange(round(spec["half_periods"] * OVERSAMPLING) - side)))
    cosines[:, 0] = 1
    level = 10 ** (spec["stop"](stop) / 20) * np.minimum(1, np.sqrt(20) * np.abs(gain[len(pass_band) :]) + 1e-3)
    tolerance = np.concatenate([np.full(len(pass_band), spec["ripple"]), level])
    half, error = minimax(cosines * gain[:, None], np.concatenate([np.ones(len(pass_band)), np.zeros(len(stop))]), tolerance)
    response = np.convolve(np.concatenate([half[:0:-1], half]), mean)
    return response[: (len(response) + 1) // 2], error


def half_band(spec):
    """Outer taps of a half-band filter from the innermost pair on; its middle tap is 0.5."""
    f = np.unique(np.concatenate([np.linspace(0, 0.9, 600), 0.9 - 0.1 * np.linspace(0, 1, 150) ** 2])) / 2
    cosines = 2 * np.cos(np.pi * np.outer(f, 2 * np.arange(spec["pairs"]) + 1))
    # Images of what lies well below the band edge are 7 dB lower.
    tolerance = 10 ** (-(100 + 7 * np.minimum(1, (0.9 - 2 * f) / 0.1)) / 20)
    taps, error = minimax(cosines, np.full(len(f), 0.5), tolerance)
    return taps, error * 1e-5


# ---- search and output ----


def search(spec):
    def cost(x):
        poles, zeros = recursion_of(spec, x)
        gain = noise_gain(poles, zeros)
        radius = max(np.abs(np.roots([1, *pair])).max() for pair in poles)
        if not np.isfinite(gain) or gain > 60:
            return 99
        excess = autocorrelation(spec, poles, zeros, 4)[1]
        return np.log10(2 * excess) + 0.3 * max(0, gain - spec["most_noise_gain"]) + 100 * max(0, radius - spec["most_radius"])

    x = np.array(spec["parameters"])
    for _ in range(5):
        x = minimize(cost, x, method="Nelder-Mead", options=dict(maxfev=300, xatol=1e-3, fatol=1e-3, adaptive=True)).x
        print(f"{10 * cost(x) - 10 * np.log10(2):.2f} dB over the specification: {np.round(x, 5).tolist()}", flush=True)


def sections(poles, zeros):
    """Zeros (b1, b2) and poles (a1, a2) of sections of order 2, and the gain that all of them lack at 0 Hz."""
    # The sharpest poles go with the nearest zeros, so that no section amplifies much; neighbours in the result, which may be put side by side, lie far apart.
    by_radius = sorted(poles, key=lambda pair: -pair[1])
    by_angle = sorted(zeros, key=lambda pair: pair[0], reverse=True) + [(0.0, 0.0)] * (len(poles) - len(zeros))
    gain = np.prod([1 + sum(pair) for pair in poles]) / np.prod([1 + sum(pair) for pair in zeros])
    result = list(zip(by_angle, by_radius))
    return [result[0], result[-1], *result[1:-1]], gain


def impulse_response(parts, length=5000):
    """The start of the impulse response of sections in a row."""
    result = np.zeros(length)
    result[0] = 1
    for b, a in parts:
        result = lfilter([1, *b], [1, *a], result)
    return result


def integers(values, name, doc, differences=0):
    """Values in units of 2^-24 as lines of code, and what they are after rounding. A smooth sequence takes half the room as differences of a high order."""
    exact = np.round(np.asarray(values) * 2**24).astype(np.int64)
    numbers = exact
    for _ in range(differences):
        numbers = np.diff(numbers, prepend=0)
    lines, line = [], "  "
    for number in numbers:
        if len(line) + len(str(number)) + 2 > 158:
            lines.append(line.rstrip())
            line = "  "
        line += f"{number}, "
    return [f"/** {doc} */", f"export const {name}: readonly number[] = [", *lines, line.rstrip(), "];", ""], exact / 2**24


def recursive_filter(spec, name):
    poles, zeros = recursion_of(spec, np.array(spec["parameters"]))
    r, excess = autocorrelation(spec, poles, zeros, OVERSAMPLING)
    response = np.convolve(minimum_phase(r), np.full(OVERSAMPLING, 1 / OVERSAMPLING))
    parts, gain = sections(poles, zeros)
    response *= OVERSAMPLING / response.sum()
    lines, exact = integers(response, f"{name}_RESPONSE", f"Finite response, eight samples per frame of the lower rate: {ORDER}th differences in units of 2^-24.", ORDER)
    lines += [f"/** Recursion at the lower rate: [b1, b2, a1, a2] of each section; b0 and a0 are 1. */"]
    lines += [f"export const {name}_SECTIONS: readonly (readonly [number, number, number, number])[] = ["]
    lines += ["  [" + ", ".join(f"{v:.12g}" for v in np.concatenate(part)) + "]," for part in parts] + ["];", ""]
    rest = np.abs(impulse_response(parts)) * gain
    tail = int(np.flatnonzero(rest > 1e-6).max()) + 1
    lines += ["/** Frames of the lower rate after which the recursion's response is below -120 dB. */", f"export const {name}_TAIL_FRAMES = {tail};", ""]
    f = np.concatenate([np.linspace(0, PASS_BAND, 2000), np.linspace(spec["stop_band"], OVERSAMPLING, 20000)])
    gains = np.sqrt(power_gain(poles, zeros, f)) * np.abs(np.exp(-1j * np.pi / OVERSAMPLING * np.outer(f, np.arange(len(exact)))) @ exact) / OVERSAMPLING
    level = 20 * np.log10(np.maximum(gains, 1e-12))
    print(f"{name}: {10 * np.log10(excess):+.2f} dB over the specification, noise gain {noise_gain(poles, zeros):.1f} dB")
    print(f"  tail {tail} frames, ripple {np.abs(level[:2000]).max():.3f} dB, stop band {level[2000:].max():.1f} dB, from 1.1 on {level[2000:][f[2000:] >= 1.1].max():.1f} dB")
    return lines


def main():
    if "--search" in sys.argv:
        search({"low-latency": LOW_LATENCY, "strict": STRICT}[sys.argv[-1]])
        return
    lines = ["// Written by packages/core/filters/design.py, which says what these are. Do not edit.", ""]
    lines += recursive_filter(LOW_LATENCY, "LOW_LATENCY")
    lines += recursive_filter(STRICT, "STRICT")
    response, error = linear_phase(LINEAR)
    print(f"LINEAR_PHASE: {20 * np.log10(error):+.2f} dB over the specification")
    response *= OVERSAMPLING / (2 * response.sum() - response[-1])
    lines += integers(response, "LINEAR_PHASE_HALF", "First half of the symmetric response, middle included, as above.", ORDER)[0]
    taps, error = half_band(HALF_BAND)
    print(f"HALF_BAND: {20 * np.log10(error):.1f} dB")
    lines += integers(taps, "HALF_BAND_TAPS", "Outer taps of the symmetric half-band filter from the innermost pair on, in units of 2^-24; the middle tap is 0.5.")[0]
    OUTPUT.write_text("\n".join(lines))


main()

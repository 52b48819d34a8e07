"""What a hint says, taken with caution: where the subject may be, and where it is solid.

A hint is coarse. It may be eroded, grown, blurred, shifted, or full of holes, so nothing is decided
by its edge alone: the plate's own colour difference is asked too.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.islands import reached
from corridorkey_core.keyers.chroma.markers import INSIDE, markers
from corridorkey_core.keyers.chroma.studio import beyond_screen
from corridorkey_core.resample import (
    enlarge,
    maximum_filter,
    round_maximum,
    round_minimum,
    shrink,
    shrink_factor,
    shrink_least,
    wide_blur,
)
from corridorkey_core.rises import ramp, smoothstep

_WORKING_EDGE = 640
_PERHAPS = 0.3  # what a hint says at least where it does not say inside, nor nothing
# Distances, as shares of the long edge.
_SMOOTH = 0.003  # what a hint's own noise is blurred by
_NEAR = 0.12  # up to this from the hint a trace is followed, and beyond it what is plain to see
_WIDE = 0.012  # half of what is wide enough for a part of the studio
_BRIDGED = 0.003  # gaps between strands that still join them to the subject
_MARGIN = 0.009  # kept around whatever is joined to the hint
_NEARBY = 0.012  # where a hint is judged by how much bare screen it calls inside
_UNMIXED = 0.0078  # around a pixel, without any screen: cloth, and not hair
_SHALLOW, _DEEP = 0.006, 0.0219  # how far inside the hint a pixel lies
_MESH, _MESH_AROUND = 2, 0.006  # pixels from a gap to what it is in; how far a mesh is looked for

_SUBJECT = 0.6  # plain alpha of what is mostly subject
# Plain alphas from nothing to a trace, to what is followed as one, to what is plain, and from mixed
# to opaque: ranges, for devices round otherwise, and all of a pixel may not hang on that.
_TRACE, _FOLLOWED, _PLAIN, _OPAQUE = (0.08, 0.12), (0.10, 0.13), (0.30, 0.33), (0.88, 0.92)
# Hints from outside to inside, and from nowhere near to near.
_HALF, _ANY = (0.45, 0.55), (0.10, 0.15)


@dataclass(frozen=True)
class Guide:
    """Masks [1, H, W] in 0..1: `allowed` is 0 where there is garbage or bare screen.

    `inside`, `shallow` and `deep` are 1 just, a little and well inside the hint; `marked` is above
    0 on tracking markers.
    """

    allowed: Tensor
    inside: Tensor
    shallow: Tensor
    deep: Tensor
    marked: Tensor

    @classmethod
    def of(cls, masks: Tensor) -> Guide:
        """A guide from its masks stacked, [5, H, W]."""
        return cls(*(masks[at : at + 1] for at in range(len(masks))))

    def part(self, area: Area) -> Guide:
        """Of an area only."""
        return Guide(*(area.of(getattr(self, mask.name)) for mask in fields(self)))

    def shrunk(self, factor: int) -> Guide:
        """The same at a `factor`th of the size."""
        masks = torch.cat([self.allowed, self.inside, self.shallow, self.deep, self.marked])
        return Guide.of(shrink(masks, factor))


def guide(hint: Tensor, plain: Tensor) -> Guide:
    """Read a `hint` [1, H, W] in 0..1 beside the `plain` alpha of the same size."""
    size = (hint.shape[-2], hint.shape[-1])
    factor = shrink_factor(hint, _WORKING_EDGE)
    small = shrink(hint, factor)
    edge = max(small.shape)
    small = wide_blur(small, _SMOOTH * edge)
    covered = shrink(plain, factor)
    belief = _belief(small, covered)
    unmeshed = 1.0 - _meshed(covered)
    shallow = smoothstep(round_minimum(small, max(1, round(_SHALLOW * edge))), 0.5, 0.8)
    deep = smoothstep(round_minimum(small, round(_DEEP * edge)), 0.5, 0.8) * unmeshed
    within = torch.cat([smoothstep(small, 0.5, 0.8), shallow, deep]) * belief
    marked = markers(covered, small)
    masks = torch.cat([_allowed(small, covered, marked), within, marked.to(small.dtype)])
    return Guide.of(enlarge(masks, factor, size))


def surely_solid(plain: Tensor, inside: Guide) -> Tensor:
    """Which pixels `solidified` makes solid whatever their alpha, bool [1, H, W]."""
    return (inside.deep >= 1.0) & (plain >= _SUBJECT)


def likely_solid(plain: Tensor, inside: Guide) -> Tensor:
    """How far a pixel's colour may be taken for the foreground's own, because the hint says so.

    In 0..1, [1, H, W]: this is what keeps cloth that leans towards the screen's colour from being
    taken for half a screen.
    """
    return inside.deep * smoothstep(plain, 0.2, 0.4)


def solidified(alpha: Tensor, plain: Tensor, inside: Guide) -> Tensor:
    """Make solid what lies inside the hint and does not look like screen.

    A little inside, only what is nearly solid already; anywhere inside, what shows no screen for
    some pixels around, however unlike the foreground nearby it is; well inside, whatever is no
    more screen than subject. A hole that shows clean screen stays a hole.
    """
    unmixed = _unmixed(plain)
    nearly = inside.shallow * smoothstep(alpha, 0.8, 0.95)
    mostly = inside.deep * smoothstep(torch.maximum(alpha, plain), 0.35, _SUBJECT)
    cloth = inside.inside * smoothstep(unmixed, 0.82, 0.94)
    return torch.maximum(alpha, torch.maximum(torch.maximum(nearly, cloth), mostly))


def _unmixed(plain: Tensor) -> Tensor:
    """The least plain alpha for some pixels around, at a coarse size: never above a pixel's own."""
    size = (plain.shape[-2], plain.shape[-1])
    factor = shrink_factor(plain, _WORKING_EDGE)
    least = shrink_least(plain, factor)
    # A coarse pixel reaches a little further already: it holds the least of a whole block.
    reach = max(1, round(_UNMIXED * max(least.shape) - (factor - 1) / factor))
    return enlarge(round_minimum(least, reach), factor, size)


def _meshed(plain: Tensor) -> Tensor:
    """How far a place is a mesh, in 0..1: gaps of screen everywhere between what is opaque.

    Strands, twine and lace are; cloth of the screen's own colour has nothing opaque in it.
    """
    around = round_maximum(plain, _MESH)
    gap = ramp(around, *_OPAQUE) * ramp(around - plain, *_TRACE)
    share = wide_blur(gap, _MESH_AROUND * max(plain.shape))
    return smoothstep(share, 0.35, 0.75)


def _belief(hint: Tensor, plain: Tensor) -> Tensor:
    """How far to believe that inside is solid: 0 where much of the inside nearby is bare screen."""
    inside, empty = ramp(hint, *_HALF), 1.0 - ramp(plain, *_TRACE)
    reach = _NEARBY * max(hint.shape)
    bare = wide_blur(inside * empty, reach) / wide_blur(inside, reach).clamp_min(1e-3)
    return 1.0 - smoothstep(bare, 0.02, 0.15)


def _allowed(hint: Tensor, plain: Tensor, marked: Tensor) -> Tensor:
    """Around the hint, and along everything that is joined to it, and neither screen nor marker."""
    edge = max(hint.shape)
    # Where a hint only says "perhaps", what is no screen is meant; twigs beside a figure are such.
    perhaps = (hint > _PERHAPS) & (plain > _SUBJECT) & ~marked
    followed = torch.maximum(ramp(hint, *_HALF), _something(hint, plain, marked))
    joined = followed * reached((hint > INSIDE) | perhaps, followed > 0.0)
    around = maximum_filter(joined, round(1.5 * _MARGIN * edge)).masked_fill(marked, 0.0)
    return wide_blur(around, 0.4 * _MARGIN * edge).masked_fill(marked, 0.0)


def _something(hint: Tensor, plain: Tensor, marked: Tensor) -> Tensor:
    """What may be subject if it is joined to it, in 0..1: far from the hint no trace, nor studio.

    Smoke, a limb or blades of grass may reach far beyond a coarse hint.
    """
    edge = max(hint.shape)
    bridged = maximum_filter(plain.masked_fill(marked, 0.0), round(_BRIDGED * edge))
    near = ramp(round_maximum(hint, round(_NEAR * edge)), *_ANY)
    studio = beyond_screen(plain, max(1, round(_WIDE * edge)))
    return torch.maximum(ramp(bridged, *_FOLLOWED) * near, ramp(bridged, *_PLAIN) * ~studio)

"""A character in motion as a .usdc file with time samples (the extra `characters`, usd-core)."""

from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from motion_transfer.files.character_mesh import CharacterMesh
from motion_transfer.files.pictures import write_png
from motion_transfer.files.replacing import replacing


class AnimatedUsd:
    """Writes a mesh whose points have a sample for each frame, used with `with`; metres, y up.

    A texture lies beside it as NAME.png.
    """

    def __init__(self, path: Path, character: CharacterMesh, fps: Fraction) -> None:
        self._path, self._character, self._fps = path, character, fps
        self._count = 0
        self._replacing = replacing(path)

    def __enter__(self) -> "AnimatedUsd":
        Usd, UsdGeom = _pxr("Usd"), _pxr("UsdGeom")
        self._stage = Usd.Stage.CreateNew(str(self._replacing.__enter__()))
        UsdGeom.SetStageUpAxis(self._stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(self._stage, 1.0)
        self._stage.SetTimeCodesPerSecond(float(self._fps))
        self._mesh = _define(self._stage, self._character, f"{self._path.stem}.png")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._stage.SetStartTimeCode(0)
            self._stage.SetEndTimeCode(max(self._count - 1, 0))
            self._stage.GetRootLayer().Save()
            if self._character.texture is not None:
                write_png(self._path.with_suffix(".png"), self._character.texture)
        del self._mesh, self._stage
        self._replacing.__exit__(kind, error, trace)

    def write(self, surface_m: Float[Tensor, "frame surface_vertex 3"]) -> None:
        """Append frames."""
        Vt = _pxr("Vt")
        for positions in self._character.split(surface_m).numpy().astype(np.float32):
            corners = np.stack([positions.min(0), positions.max(0)])
            self._mesh.GetPointsAttr().Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(positions)), self._count)
            self._mesh.GetExtentAttr().Set(Vt.Vec3fArray.FromNumpy(corners), self._count)
            self._count += 1


def _pxr(module: str) -> Any:
    """A module of usd-core, which is an optional extra."""
    return import_module(f"pxr.{module}")


def _define(stage: Any, character: CharacterMesh, picture: str) -> Any:
    """The mesh without its points: faces, colours, and a material with the texture."""
    Gf, Sdf, UsdGeom, UsdShade, Vt = (_pxr(name) for name in ("Gf", "Sdf", "UsdGeom", "UsdShade", "Vt"))
    root = UsdGeom.Xform.Define(stage, "/character")
    stage.SetDefaultPrim(root.GetPrim())
    mesh = UsdGeom.Mesh.Define(stage, "/character/mesh")
    faces = character.faces.numpy().astype(np.int32)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(faces.ravel())))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    primvars = UsdGeom.PrimvarsAPI(mesh)
    if character.uv is None or character.texture is None:
        colours = (character.vertex_rgb / 255).astype(np.float32)
        primvar = primvars.CreatePrimvar("displayColor", Sdf.ValueTypeNames.Color3fArray, UsdGeom.Tokens.vertex)
        primvar.Set(Vt.Vec3fArray.FromNumpy(colours))
        return mesh
    upward = np.ascontiguousarray((character.uv * [1, -1] + [0, 1]).astype(np.float32))
    primvar = primvars.CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex)
    primvar.Set(Vt.Vec2fArray.FromNumpy(upward))
    material = UsdShade.Material.Define(stage, "/character/material")
    surface = UsdShade.Shader.Define(stage, "/character/material/surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(1.0)
    reader = UsdShade.Shader.Define(stage, "/character/material/st")
    reader.CreateIdAttr("UsdPrimvarReader_float2")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
    texture = UsdShade.Shader.Define(stage, "/character/material/texture")
    texture.CreateIdAttr("UsdUVTexture")
    texture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(f"./{picture}")
    texture.CreateInput("fallback", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(1, 1, 1, 1))
    texture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(reader.ConnectableAPI(), "result")
    colour = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    colour.ConnectToSource(texture.ConnectableAPI(), "rgb")
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)
    return mesh

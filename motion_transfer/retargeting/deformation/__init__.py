"""Stage 3 for characters, MeshMotion of a body -> MeshMotion of any other mesh, by deformation transfer.

A correspondence says which triangles of the body each triangle of the target follows; the body's deformation gradients
are moved along it, and the target's vertices are solved for (Sumner and Popovic 2004).
"""

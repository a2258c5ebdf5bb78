# syntax=docker/dockerfile:1
# Road files as an image, so that they are pinned, rolled out and rolled back as everything else is: the pods of routing copy
# them from it before they start (deploy/kubernetes/components/roads). `roads` is the folder with the files that
# `bun run roads:import` made, handed over as a build context of that name:
#   docker build -f deploy/roads.Dockerfile --build-context roads=./roads -t ridendine-roads:2026-11 .
# Pinned by tag: see deploy/Dockerfile on digests. It is here for `cp` alone.
ARG COPY_IMAGE=busybox:1.37.0
FROM ${COPY_IMAGE}
COPY --from=roads --chmod=0444 *.bin /files/
# What is drawn or told of these roads is owed this credit; it goes where the files go.
LABEL org.opencontainers.image.title="RideNDine roads" \
      org.opencontainers.image.description="Road files; © OpenStreetMap contributors, https://www.openstreetmap.org/copyright" \
      org.opencontainers.image.licenses="ODbL-1.0"
USER 65532:65532
CMD ["sh", "-c", "cp /files/*.bin /roads/ && ls -l /roads"]

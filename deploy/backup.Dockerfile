# syntax=docker/dockerfile:1
# For the jobs that need Postgres's own programs (pg_dump, pg_restore): the same executable beside them. Not the image that
# serves. `ridendine` is the image of deploy/Dockerfile, handed over as a build context of that name:
#   docker build -f deploy/backup.Dockerfile --build-context ridendine=docker-image://ridendine -t ridendine-backup .
# Pinned by tag: see deploy/Dockerfile on digests. At least as new as the server it backs up.
ARG POSTGRES_IMAGE=postgres:18.6
FROM ridendine AS ridendine

FROM ${POSTGRES_IMAGE}
COPY --from=ridendine /ridendine /usr/local/bin/ridendine
# The image's own postgres account; the folder belongs to it, and so will a fresh volume that is mounted there.
RUN install -d -o 999 -g 999 -m 0700 /backups
USER 999:999
WORKDIR /backups
ENV NODE_ENV=production
# Postgres's own entry point would start a server.
ENTRYPOINT ["/usr/local/bin/ridendine"]
CMD ["help"]

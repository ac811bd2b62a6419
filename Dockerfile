# Latchkey in a container. docs/operations.md says how to run it.
FROM node:24-bookworm-slim AS build
WORKDIR /app
# First what changes seldom, so that a new version of the source does not install everything anew.
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: some registries lack the builds of a tool for other platforms, and `ci` then refuses the lock file.
RUN npm install --ignore-scripts --no-audit --no-fund
COPY scripts/build.ts ./scripts/
COPY src ./src
RUN node scripts/build.ts

FROM node:24-bookworm-slim

# git does the work on repositories, openssh-client only serves `repository create --import ssh://…`.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git openssh-client ca-certificates \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /app/dist ./dist

# A fixed id, so that the owner of the volume is known. The program itself stays root's and cannot be changed from inside.
RUN groupadd --gid 7990 latchkey \
 && useradd --uid 7990 --gid 7990 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin latchkey \
 && install --directory --owner=latchkey --group=latchkey --mode=0700 /data \
 && printf '#!/bin/sh\nexec node /app/dist/main.js "$@"\n' > /usr/local/bin/latchkey \
 && chmod 0755 /usr/local/bin/latchkey
USER latchkey
VOLUME /data

ENV NODE_ENV=production \
    LATCHKEY_DATA=/data \
    LATCHKEY_HOST=0.0.0.0 \
    LATCHKEY_PORT=7990
EXPOSE 7990 7999

# For plain http inside the container; with certificates of its own, run it with --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LATCHKEY_PORT}/-/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# `latchkey` beside the running server: docker exec NAME latchkey doctor
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]

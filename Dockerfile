# Two images from one file: `cpu` (the default) and `cuda` (docker build --target cuda, linux/amd64 only).
# Debian, not Alpine: the binaries of onnxruntime-node need glibc 2.28 or newer.
ARG NODE_IMAGE=node:22-slim
# onnxruntime's CUDA provider is built for CUDA 12 and cuDNN 9.
ARG CUDA_IMAGE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts/build.ts scripts/bundle-options.ts scripts/
COPY models models
COPY workers workers
COPY src src
COPY plugins plugins
RUN npm run build

FROM ${NODE_IMAGE} AS modules
WORKDIR /modules
COPY package.json package-lock.json .npmrc ./
# The package of onnxruntime-node holds the libraries of every platform, 290 MB: only this one's stay.
RUN npm ci --omit=dev \
  && cd node_modules/onnxruntime-node/bin/napi-v6 \
  && find . -mindepth 2 -maxdepth 2 ! -path "./linux/$(node -p process.arch)" -exec rm -r {} + \
  && find . -mindepth 1 -maxdepth 1 -empty -delete

# onnxruntime-node does not carry its CUDA provider: its install script fetches it from nuget.org (about 300 MB).
# .npmrc switches install scripts off, so it is run by hand, and only here.
# `true` forces it; the documented value `cuda12` is read by the script of 1.30 like a value that is not set.
FROM modules AS modules-cuda
RUN ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js \
  && rm node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_tensorrt.so

# What both images hold. The code lies outside /app, so that a volume at /app/models hides neither it nor the embedded models.
FROM scratch AS service
COPY package.json LICENSE /srv/label-studio-rtmpose/
COPY scripts/probe.mjs /srv/label-studio-rtmpose/scripts/
COPY models/starter/*.onnx models/starter/starter.json models/starter/figure.jpg models/starter/MODEL_CARD.md /srv/label-studio-rtmpose/models/starter/
# The image holds no Python: `models quantize` says that it needs one, rather than that a file is missing.
COPY models/quantization/quantize.py models/quantization/requirements.txt /srv/label-studio-rtmpose/models/quantization/
COPY --from=build /build/dist /srv/label-studio-rtmpose/dist

# The CUDA image has not been run by the project's checks: they have no GPU.
FROM ${NODE_IMAGE} AS node
FROM ${CUDA_IMAGE} AS cuda
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=service / /
COPY --from=modules-cuda /modules/node_modules /srv/label-studio-rtmpose/node_modules
# User 1001 in group 0, as in Label Studio's image, whose data folders are closed to everybody else.
RUN useradd --uid 1001 --gid 0 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin rtmpose \
  && mkdir -p /app/models && chown 1001:0 /app/models && chmod 775 /app/models \
  && ln -s /srv/label-studio-rtmpose/dist/src/cli.js /usr/local/bin/label-studio-rtmpose
WORKDIR /srv/label-studio-rtmpose
ENV NODE_ENV=production HOST=0.0.0.0 MODEL_DIR=/app/models DEVICE=cuda UV_THREADPOOL_SIZE=16 MALLOC_ARENA_MAX=2 ORT_DISABLE_TELEMETRY=1
USER 1001:0
EXPOSE 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "scripts/probe.mjs"]
ENTRYPOINT ["node", "--enable-source-maps", "dist/src/server.js"]

FROM ${NODE_IMAGE} AS cpu
# npm, corepack and yarn are of no use to a finished service.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
  /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-*
COPY --from=service / /
COPY --from=modules /modules/node_modules /srv/label-studio-rtmpose/node_modules
# User 1001 in group 0, as in Label Studio's image, whose data folders are closed to everybody else.
RUN useradd --uid 1001 --gid 0 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin rtmpose \
  && mkdir -p /app/models && chown 1001:0 /app/models && chmod 775 /app/models \
  && ln -s /srv/label-studio-rtmpose/dist/src/cli.js /usr/local/bin/label-studio-rtmpose
WORKDIR /srv/label-studio-rtmpose
# Pictures are decoded on libuv's threads, of which Node has four unless told; glibc keeps one heap per thread unless told.
ENV NODE_ENV=production HOST=0.0.0.0 MODEL_DIR=/app/models UV_THREADPOOL_SIZE=16 MALLOC_ARENA_MAX=2 ORT_DISABLE_TELEMETRY=1
USER 1001:0
EXPOSE 9090
STOPSIGNAL SIGTERM
# Node itself asks, so the image needs no curl. /health answers also while models load or are missing.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "scripts/probe.mjs"]
ENTRYPOINT ["node", "--enable-source-maps", "dist/src/server.js"]

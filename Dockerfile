# The server alone: built from the lock file, run without what only builds need.
FROM node:24-slim AS build
WORKDIR /app
COPY . .
RUN npm install && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
CMD ["node", "packages/server/bin/secure-chat-server.js", "start"]

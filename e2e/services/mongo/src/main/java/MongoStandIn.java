import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * MongoDB's wire protocol for tests: {@code MongoStandIn PORT FOLDER}, loopback only, without authentication.
 *
 * <p>Two faults of the library are worked around, since tests here count acknowledged writes: it commits now and
 * then instead of before its answers, and it works on several commands of one document at once.
 */
public final class MongoStandIn {
  /** Commands that change nothing, so nothing has to be on the disk before they are answered. */
  private static final Set<String> READS = Set.of(
      "hello", "isMaster", "ismaster", "ping", "buildInfo", "buildinfo", "find", "getMore", "killCursors",
      "count", "distinct", "aggregate", "listCollections", "listIndexes", "listDatabases", "endSessions",
      "serverStatus");

  private static final class DurableBackend extends H2Backend {
    DurableBackend(String file) {
      super(file);
    }

    /** One at a time, and the answer a copy: findAndModify answers with the live document. */
    @Override
    public synchronized Document handleMessage(MongoMessage message) {
      try {
        return super.handleMessage(message).cloneDeeply();
      } finally {
        String command = message.getDocument().keySet().iterator().next();
        if (!READS.contains(command)) commit();
      }
    }

    @Override
    public synchronized void close() {
      super.close();
    }
  }

  /** The server calls itself wire version 8; today's driver refuses anything below 9 and needs nothing of it here. */
  private static final MongoVersion VERSION = new MongoVersion() {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(4, 4, 0);
    }

    @Override
    public int getWireVersion() {
      return 9;
    }
  };

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    Path folder = Path.of(arguments[1]);
    Files.createDirectories(folder);
    DurableBackend backend = new DurableBackend(folder.resolve("db.mv").toString());
    // Never by a timer, which could come halfway through a command.
    backend.getMvStore().setAutoCommitDelay(0);
    backend.version(VERSION);
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", port);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("ready");
    Thread.currentThread().join();
  }

  private MongoStandIn() {}
}

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.util.ResourceReferenceInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Resource;

/**
 * Check FOLDER: every file of FOLDER/collection, FOLDER/transaction and FOLDER/batch goes through the validator; broken
 * copies of some must not pass; then the transactions and batches are posted to a server and read back, equal.
 */
final class Check {
    private static final FhirContext R4 = FhirContext.forR4();
    private static int passed;
    private static int failed;

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Validate validate = new Validate(R4);
        long start = System.nanoTime();
        int files = 0;
        for (String kind : List.of("collection", "transaction", "batch", "other")) {
            List<Path> bundles = Validate.bundles(folder.resolve(kind));
            // What others wrote is only asked to be without an error.
            boolean ours = !kind.equals("other");
            Map<Path, List<String>> errors = validate.all(bundles, ours);
            count(errors.isEmpty() && !bundles.isEmpty(), bundles.size() + " files of kind " + kind + " without an error" + (ours ? " or a new warning" : ""));
            errors.forEach((file, lines) -> lines.stream().limit(5).forEach(line -> System.out.println("       " + file.getFileName() + " " + line)));
            files += bundles.size();
        }
        System.out.printf("       %d files in %d s%n", files, (System.nanoTime() - start) / 1_000_000_000);
        broken(validate, folder);
        try (Serve server = new Serve(R4)) {
            roundTrip(server, folder);
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void count(boolean good, String what) {
        System.out.println((good ? "ok     " : "FAILED ") + what);
        passed += good ? 1 : 0;
        failed += good ? 0 : 1;
    }

    /** The validator must see what it is here for. */
    private static void broken(Validate validate, Path folder) throws Exception {
        Path kinds = folder.resolve("collection").resolve("every-kind.json");
        Path batch = Validate.bundles(folder.resolve("batch")).get(0);
        fault(validate, kinds, "a code outside of its list", "\"status\": \"completed\"", "\"status\": \"received\"");
        fault(validate, kinds, "a code that its system does not know", "\"code\": \"ELECTRONIC\"", "\"code\": \"TEXTMESSAGE\"");
        fault(validate, kinds, "a label that its system does not know", "\"code\": \"GDIS\"", "\"code\": \"GENDIS\"");
        fault(validate, kinds, "an audit role that does not exist", "\"code\": \"IRCP\"", "\"code\": \"IRCX\"");
        fault(validate, kinds, "an unknown member", "\"doNotPerform\"", "\"doNotText\"");
        fault(validate, kinds, "a time without a zone", "000Z\"", "000\"");
        fault(validate, kinds, "a scope that is none", "\"code\": \"patient-privacy\"", "\"code\": \"patient-privity\"");
        fault(validate, kinds, "no policy (ppc-1)", "\"policy\": [", "\"notPolicy\": [");
        fault(validate, kinds, "an empty string", "\"topic\": {", "\"topic\": {\"id\": \"\",");
        fault(validate, batch, "a method that HTTP has not (bdl)", "\"method\": \"POST\"", "\"method\": \"SEND\"");
        fault(validate, batch, "an audit action that does not exist", "\"action\": \"E\"", "\"action\": \"X\"");
        fault(validate, batch, "a batch whose entries ask for nothing (bdl-3)", "\"type\": \"batch\"", "\"type\": \"collection\"");
    }

    private static void fault(Validate validate, Path file, String what, String from, String to) throws Exception {
        String text = Files.readString(file);
        String changed = text.replace(from, to);
        count(!changed.equals(text) && !validate.errors(changed, true).isEmpty(), "refused: " + what);
    }

    private static void roundTrip(Serve server, Path folder) throws Exception {
        int resources = 0;
        int different = 0;
        List<Path> posted = new java.util.ArrayList<>(Validate.bundles(folder.resolve("transaction")));
        int transactions = posted.size();
        posted.addAll(Validate.bundles(folder.resolve("batch")));
        for (Path file : posted) {
            Bundle bundle = R4.newJsonParser().parseResource(Bundle.class, Files.readString(file));
            Bundle sent = bundle.copy();
            Bundle answer = server.client.transaction().withBundle(bundle).execute();
            Map<String, String> back = new HashMap<>();
            for (Bundle.BundleEntryComponent entry : sent.getEntry()) {
                back.put(entry.getRequest().getUrl(), entry.getFullUrl());
            }
            for (int i = 0; i < sent.getEntry().size(); i++) {
                IdType place = new IdType(answer.getEntry().get(i).getResponse().getLocation());
                Resource read = (Resource) server.client.read().resource(place.getResourceType()).withId(place.getIdPart()).execute();
                Resource written = sent.getEntry().get(i).getResource();
                resources++;
                if (!canonical(written, back).equals(canonical(read, back))) {
                    different++;
                    System.out.println("       " + file.getFileName() + " entry " + i + " " + place.getResourceType());
                }
            }
        }
        count(resources > 1000 && different == 0, resources + " resources of " + transactions + " transactions and "
            + (posted.size() - transactions) + " batches came back from the server as they were posted");
        // The comparison sees a change, and the server refuses a Bundle that asks for nothing.
        Bundle bundle = R4.newJsonParser().parseResource(Bundle.class, Files.readString(posted.get(0)));
        Resource one = bundle.getEntry().get(1).getResource();
        String before = canonical(one, Map.of());
        R4.newTerser().addElement(one, "language", "tlh");
        count(!before.equals(canonical(one, Map.of())), "refused: a resource that came back changed");
        bundle.setType(Bundle.BundleType.COLLECTION);
        boolean refused = false;
        try {
            server.client.transaction().withBundle(bundle).execute();
        } catch (ca.uhn.fhir.rest.server.exceptions.InvalidRequestException expected) {
            refused = true;
        }
        count(refused, "refused: a collection that is posted as it is");
    }

    /** Without what a server adds (id, version, time), links as they were posted, members in the order of the standard. */
    private static String canonical(Resource resource, Map<String, String> back) {
        Resource copy = resource.copy();
        copy.setId((IdType) null);
        copy.getMeta().setVersionId(null).setLastUpdated(null);
        for (ResourceReferenceInfo link : R4.newTerser().getAllResourceReferences(copy)) {
            String place = link.getResourceReference().getReferenceElement().getValue();
            if (place != null && back.containsKey(place)) {
                link.getResourceReference().setReference(back.get(place));
            }
        }
        return R4.newJsonParser().encodeResourceToString(copy);
    }
}

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * HAPI's instance validator for R4 with its terminology checks, on as many threads as there are processors.
 * Profiles other than R4's own are not to be had here: profiles.py holds what they require.
 */
final class Validate {
    private final FhirValidator validator;

    Validate(FhirContext context) {
        ValidationSupportChain chain = new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context));
        FhirInstanceValidator module = new FhirInstanceValidator(chain);
        module.setErrorForUnknownProfiles(false);
        module.setAnyExtensionsAllowed(true);
        module.setNoTerminologyChecks(false);
        validator = context.newValidator().registerValidatorModule(module);
    }

    /**
     * Warnings that stay: R4 recommends narrative (these are records for systems); BALP's own subtypes stand outside of R4's
     * extensible list, as the profile has it; a text is exported word for word, spaces and direction marks included.
     */
    private static final List<String> KNOWN = List.of(
        "dom-6", "iso-21089-lifecycle#", "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType#AuthZ-Consent",
        "should not start or finish with whitespace", "bi-di control characters",
        // HL7 has no purpose for a publication; R4's Media.device names Device twice.
        "urn:curtain:photo-purpose#publication", "Found multiple matching profiles for urn:uuid:");

    /** What the validator calls an error, and with `warnings` every warning that is not a known one, one line each. */
    List<String> errors(String text, boolean warnings) {
        List<String> errors = new ArrayList<>();
        for (SingleValidationMessage message : validator.validateWithResult(text).getMessages()) {
            String said = message.getMessage();
            boolean warned = warnings && message.getSeverity() == ResultSeverityEnum.WARNING && KNOWN.stream().noneMatch(said::contains);
            if (warned || message.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal()) {
                errors.add(message.getSeverity() + " " + message.getLocationString() + ": " + said);
            }
        }
        return errors;
    }

    /** The errors of each file that has any. */
    Map<Path, List<String>> all(List<Path> files, boolean warnings) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        Map<Path, Future<List<String>>> asked = new TreeMap<>();
        for (Path file : files) {
            asked.put(file, threads.submit(() -> errors(Files.readString(file), warnings)));
        }
        Map<Path, List<String>> found = new TreeMap<>();
        for (Map.Entry<Path, Future<List<String>>> each : asked.entrySet()) {
            if (!each.getValue().get().isEmpty()) {
                found.put(each.getKey(), each.getValue().get());
            }
        }
        threads.shutdown();
        return found;
    }

    static List<Path> bundles(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().collect(Collectors.toList());
        }
    }
}

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.*;
import org.hl7.fhir.common.hapi.validation.support.*;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import java.nio.file.*;

/** Validates FHIR R4 files with HAPI's instance validator (base R4, no profiles): prints the errors, exit 1 if there are any. */
public class Validate {
    public static void main(String[] files) throws Exception {
        FhirContext context = FhirContext.forR4();
        ValidationSupportChain chain = new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context));
        FhirInstanceValidator module = new FhirInstanceValidator(chain);
        module.setErrorForUnknownProfiles(false);
        module.setAnyExtensionsAllowed(true);
        module.setNoTerminologyChecks(false);
        FhirValidator validator = context.newValidator().registerValidatorModule(module);
        int errors = 0;
        for (String file : files) {
            for (SingleValidationMessage message : validator.validateWithResult(Files.readString(Path.of(file))).getMessages()) {
                boolean error = message.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal();
                errors += error ? 1 : 0;
                if (error) {
                    System.out.println(message.getSeverity() + " " + message.getLocationString() + ": " + message.getMessage());
                }
            }
        }
        System.out.println(errors + " errors in " + files.length + " files");
        System.exit(errors == 0 ? 0 : 1);
    }
}
